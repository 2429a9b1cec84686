import { agentTopics, wire } from '@tolem/proto';
import type { Dice } from './dice.ts';
import { deepGroups, hostileFields, varint, wound } from './hostile-protobuf.ts';
import { hostileText } from './hostile-values.ts';

/** What a hostile agent does over its own, rightful connection, or instead of one. */
export type MqttKind = 'report' | 'topic' | 'subscribe' | 'flags' | 'packet' | 'bytes' | 'oversized' | 'connect';

export interface MqttMessage {
  kind: MqttKind;
  /** The bytes depend on who sends them: each connection is another agent's. */
  bytes(agentId: string, packetId: number): Buffer;
  /** On a connection that has not said CONNECT yet. */
  isFirst: boolean;
  /** The door may let this pass; everything else must end the connection or be refused in words. */
  mayPass: boolean;
  isTooLarge?: boolean;
}

const KINDS: readonly MqttKind[] = [
  ...Array<MqttKind>(80).fill('report'),
  ...Array<MqttKind>(8).fill('subscribe'),
  'topic',
  'flags',
  'packet',
  'bytes',
  'connect',
];
const IDS: readonly string[] = ['e1', 'boot', 'payment', 'till-1', '018f0000-0000-7000-8000-000000000001'];

export function makeMqttMessage(dice: Dice, victim: string): MqttMessage {
  const kind = dice.oneIn(400) ? 'oversized' : dice.pick(KINDS);
  const as = (bytes: MqttMessage['bytes'], more: Partial<MqttMessage> = {}): MqttMessage => ({
    kind,
    bytes,
    isFirst: false,
    mayPass: false,
    ...more,
  });
  switch (kind) {
    case 'report': {
      const isState = dice.oneIn(2);
      const payload = reportOf(dice, isState);
      const isTooLarge = payload.length > 32 * 1024;
      return as(
        (id, packetId) =>
          publish(isState ? agentTopics(id).state : agentTopics(id).journal, payload, { retain: isState, packetId }),
        { mayPass: true, isTooLarge },
      );
    }
    case 'topic': {
      const topic = topicOf(dice, victim);
      const payload = reportOf(dice, false);
      return as((id) => publish(topic(id), payload, { retain: dice.oneIn(2) }));
    }
    case 'subscribe': {
      const filter = filterOf(dice, victim);
      const qos = dice.pick([0, 1, 2, 3]);
      return as((id, packetId) => subscribe(filter(id), qos, packetId), { mayPass: true });
    }
    case 'flags': {
      const flags = dice.pick([0x05, 0x06, 0x04, 0x07, 0x01]);
      return as((id) => publish(agentTopics(id).journal, Buffer.from('x'), { flags }));
    }
    case 'oversized':
      return as((id) => publish(agentTopics(id).journal, Buffer.alloc(dice.pick([33_000, 34_000, 300_000])), {}));
    case 'connect':
      return as(connectOf(dice, victim), { isFirst: true });
    case 'packet': {
      const bytes = packetOf(dice);
      return as(() => bytes, { mayPass: true });
    }
    default: {
      const bytes = dice.bytes(1 + dice.below(60));
      return as(() => bytes, { mayPass: true, isFirst: dice.oneIn(2) });
    }
  }
}

function reportOf(dice: Dice, isState: boolean): Buffer {
  if (dice.oneIn(60)) return deepGroups(dice.pick([50, 5_000, 30_000]));
  if (dice.oneIn(3)) return hostileFields(dice, IDS);
  const good = isState ? goodState(dice) : goodBatch(dice);
  return dice.oneIn(3) ? good : wound(dice, good, IDS);
}

const EDGES: readonly bigint[] = [
  0n,
  1n,
  -1n,
  2n ** 31n,
  2n ** 53n,
  8_640_000_000_000_001n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];

function goodState(dice: Dice): Buffer {
  const layer = {
    layer: 'disk',
    subject: hostileText(dice),
    state: dice.pick(['ok', 'fail', 'x']),
    cause: '',
    detail: hostileText(dice),
    sinceMs: dice.pick(EDGES),
  };
  const state = {
    online: dice.oneIn(2),
    boot: dice.oneIn(3) ? hostileText(dice) : 'boot',
    session: dice.pick(EDGES),
    epoch: dice.oneIn(3) ? hostileText(dice) : 'e1',
    lastSeq: dice.pick(EDGES),
    chain: dice.bytes(dice.pick([0, 32, 500])),
    version: dice.oneIn(3) ? hostileText(dice) : '1',
    health: Array.from({ length: dice.pick([0, 1, 1, 3]) }, () => layer),
  };
  return Buffer.from(wire.AgentState.encode(wire.AgentState.fromPartial(state)).finish());
}

function goodBatch(dice: Dice): Buffer {
  const count = dice.pick([1, 1, 2, 3, 201]);
  const rows = Array.from({ length: count }, (_, at) => ({
    seq: dice.oneIn(10) ? dice.pick(EDGES) : BigInt(at + 1),
    eventId: dice.pick(['018f0000-0000-7000-8000-000000000001', '', 'x']),
    kind: dice.pick(['payment', 'refund', 'case', '__proto__', '']),
    payload: Buffer.from(
      dice.pick(['{}', '{"amount":"1e400"}', '[', '{"a":{"a":{}}}', '\u0000', '"4111 1111 1111 1111"']),
    ),
    atMs: dice.pick(EDGES),
    monoMs: dice.pick([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e308]),
    boot: 'boot',
    hash: dice.bytes(dice.pick([0, 31, 32, 33])),
  }));
  const batch = {
    epoch: dice.pick(['e1', '', 'e2']),
    from: dice.pick([1n, ...EDGES]),
    to: dice.pick([BigInt(count), ...EDGES]),
    rows,
  };
  return Buffer.from(wire.JournalBatch.encode(wire.JournalBatch.fromPartial(batch)).finish());
}

/** Anybody's topic but one's own reports. */
function topicOf(dice: Dice, victim: string): (agentId: string) => string {
  const { state, journal, ack } = agentTopics(victim);
  return dice.pick<(agentId: string) => string>([
    () => state,
    () => journal,
    () => ack,
    (id) => agentTopics(id).ack,
    (id) => `tolem/v1/${id}/dn/cmd`,
    () => `tolem/v1/${victim}/dn/cmd`,
    () => 'tolem/v1/hub/fake-hub/state',
    (id) => `tolem/v1/${id}/up/state/x`,
    (id) => `tolem/v1/${id}/up/`,
    (id) => `tolem/v1/${id}/up/+`,
    (id) => `/tolem/v1/${id}/up/jrn`,
    (id) => `tolem/v1/${id.toUpperCase()}/up/jrn`,
    (id) => `tolem/v1/${id}/up/jrn\u0000`,
    (id) => `tolem/v1/${id}/../${victim}/up/jrn`,
    () => '$SYS/broker/uptime',
    () => '#',
    () => '',
    () => 'x'.repeat(2_000),
  ]);
}

function filterOf(dice: Dice, victim: string): (agentId: string) => string {
  return dice.pick<(agentId: string) => string>([
    () => '#',
    () => '+/+/+/+/+',
    () => `tolem/v1/${victim}/#`,
    () => `tolem/v1/${victim}/dn/ack`,
    () => `tolem/v1/${victim}/up/state`,
    () => 'tolem/v1/+/dn/ack',
    () => 'tolem/v1/+/up/state',
    () => '$share/g/tolem/v1/+/up/jrn',
    () => '$SYS/#',
    (id) => `tolem/v1/${id}/#`,
    (id) => `tolem/v1/${id}/dn/+`,
    (id) => `tolem/v1/${id}/dn/ack`,
    (id) => `tolem/v1/${id}/dn/${'abcdefghij'.slice(dice.below(9))}`,
    () => 'tolem/v1/hub/+/state',
    () => 'tolem/v1/hub/#',
    () => '',
    () => '\u0000',
    () => 'x'.repeat(2_000),
  ]);
}

/** CONNECTs that are refused: another's name, another's will, another version, persistent or empty names. */
function connectOf(dice: Dice, victim: string): (agentId: string) => Buffer {
  const { state, ack } = agentTopics(victim);
  return dice.pick<(agentId: string) => Buffer>([
    () => connectPacket(victim, {}),
    () => connectPacket('', {}),
    (id) => connectPacket(`${id} `, {}),
    (id) => connectPacket(id, { will: { topic: state, flags: 0x2c } }),
    (id) => connectPacket(id, { will: { topic: ack, flags: 0x2c } }),
    (id) => connectPacket(id, { will: { topic: agentTopics(id).ack, flags: 0x0c } }),
    (id) => connectPacket(id, { will: { topic: '#', flags: 0x2c } }),
    (id) => connectPacket(id, { will: { topic: agentTopics(id).state, flags: 0x34 } }),
    (id) => connectPacket(id, { protocol: 'MQIsdp', level: 3 }),
    (id) => connectPacket(id, { level: 5 }),
    (id) => connectPacket(id, { keepaliveS: 65_535 }),
    (id) => connectPacket(id, { protocol: 'HTTP' }),
    (id) => publish(agentTopics(id).journal, Buffer.from('before CONNECT'), {}),
    (id) => subscribe(agentTopics(id).ack, 1),
    () => Buffer.from('GET / HTTP/1.1\r\n\r\n'),
  ]);
}

/** Whole packets of any type with any flags and a body of chance, or a length that lies. */
function packetOf(dice: Dice): Buffer {
  const type = dice.below(16);
  const body = dice.bytes(dice.below(30));
  const length = dice.oneIn(5)
    ? dice.pick([Buffer.from([0xff, 0xff, 0xff, 0xff]), Buffer.from([0xff, 0xff, 0xff, 0x7f]), Buffer.from([0x80])])
    : varint(BigInt(body.length));
  return Buffer.concat([Buffer.from([(type << 4) | dice.below(16)]), length, body]);
}

export function packet(first: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([first]), varint(BigInt(body.length)), body]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint16(bytes.length), bytes]);
}

/** QoS 1 unless the flags say otherwise. */
export function publish(
  topic: string,
  payload: Buffer,
  { retain = false, flags, packetId = 7 }: { retain?: boolean; flags?: number; packetId?: number },
): Buffer {
  const low = flags ?? (retain ? 0x03 : 0x02);
  const id = (low & 0x06) === 0 ? Buffer.alloc(0) : uint16(packetId);
  return packet(0x30 | low, text(topic), id, payload);
}

export function subscribe(filter: string, qos: number, packetId = 9): Buffer {
  return packet(0x82, uint16(packetId), text(filter), Buffer.from([qos]));
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function connectPacket(
  clientId: string,
  {
    protocol = 'MQTT',
    level = 4,
    keepaliveS = 60,
    will,
  }: { protocol?: string; level?: number; keepaliveS?: number; will?: { topic: string; flags: number } },
): Buffer {
  const flags = Buffer.from([level, 0x02 | (will?.flags ?? 0)]);
  const last = will ? [text(will.topic), text('gone')] : [];
  return packet(0x10, text(protocol), flags, uint16(keepaliveS), text(clientId), ...last);
}
