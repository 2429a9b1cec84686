import { connect, type TLSSocket } from 'node:tls';
import { openTestDoors, type TestCredentials, type TestDoors } from '@tolem/hub/fuzz';
import { agentTopics, HUB_STATE_FILTER, wire } from '@tolem/proto';
import mqtt, { type MqttClient } from 'mqtt';
import { connectPacket, type MqttMessage, makeMqttMessage, packet } from '../hostile-mqtt.ts';
import type { Door, Verdict } from '../storm.ts';

const VICTIM = 'till-9';
const LANES = 8;
const PING = packet(0xc0);
/** [MQTT 3.1.1 §2.2.1] */
const TYPE = { connack: 2, puback: 4, suback: 9, pingresp: 13 } as const;
const MOMENT_MAX_MS = 8_640_000_000_000_000;
const WORD_MAX = 500;

/** The embedded broker: each lane is an agent of its own over TLS, and one good agent lives among them. */
export const mqttDoor: Door = {
  name: 'mqtt',
  title: 'Embedded MQTT broker of the hub',
  async open() {
    const doors = await openTestDoors();
    const agents = await Promise.all(
      Array.from({ length: LANES }, async (_, lane) => ({
        id: `till-${lane}`,
        credentials: await doors.addAgent(`till-${lane}`),
      })),
    );
    const victim = await openVictim(doors, await doors.addAgent(VICTIM));
    const lines = agents.map(({ id, credentials }) => createMqttLine(doors, id, credentials));
    const faults: string[] = [];
    return {
      lanes: LANES,
      make: (dice) => makeMqttMessage(dice, VICTIM),
      async send(message: MqttMessage, lane): Promise<Verdict> {
        const verdict = await lines[lane]?.send(message);
        const what = takeReports(doors);
        return { outcome: verdict?.outcome ?? '', fault: verdict?.fault ?? what };
      },
      show: ({ kind, bytes }) => `${kind} ${bytes('till-0', 1).subarray(0, 600).toString('hex')}`,
      async aftermath() {
        if (victim.strange.length > 0) faults.push(`the good agent was sent ${victim.strange[0]}`);
        if (victim.closed > 0) faults.push('the good agent lost its connection');
        for (const line of lines) line.close();
        if (!(await victim.reports())) faults.push('a good birth is not acknowledged');
        const end = performance.now() + 5_000;
        while (doors.mqtt.connectionCount() > 1 && performance.now() < end)
          await new Promise((resolve) => setTimeout(resolve, 50));
        if (doors.mqtt.connectionCount() > 1)
          faults.push(`${doors.mqtt.connectionCount() - 1} connections are left open`);
        return faults;
      },
      async close() {
        for (const line of lines) line.close();
        await victim.client.endAsync(true);
        await doors.close();
      },
    };
  },
} satisfies Door as Door;

/** What the core was handed must be whole: no column and no page may break over it. */
function takeReports({ core }: TestDoors): string | undefined {
  for (const { agentId, state } of core.states.splice(0)) {
    if (agentId === VICTIM) return 'a state in the name of the good agent';
    const { session, lastSeq, epoch, version, boot, health } = state;
    const words = [
      epoch,
      version,
      boot,
      ...health.flatMap((layer) => [layer.layer, layer.subject, layer.cause, layer.detail]),
    ];
    if (![session, lastSeq].every((number) => Number.isSafeInteger(number) && number >= 0))
      return `a state with impossible numbers: ${session} ${lastSeq}`;
    if (words.some((word) => word.length > WORD_MAX || word.includes('\0')))
      return 'a state with words that no column holds';
    if (health.some(({ sinceMs }) => !(Math.abs(sinceMs) <= MOMENT_MAX_MS)))
      return 'a health layer since no moment at all';
  }
  for (const { agentId } of core.batches.splice(0))
    if (agentId === VICTIM) return 'a batch in the name of the good agent';
  return undefined;
}

export interface MqttLine {
  send(message: MqttMessage): Promise<Verdict>;
  close(): void;
}

/** One agent's connection, made again where the broker has cut it. */
export function createMqttLine(
  doors: Pick<TestDoors, 'mqtt' | 'authority'>,
  agentId: string,
  credentials: TestCredentials,
): MqttLine {
  let kept: TLSSocket | undefined;
  let session: Buffer | undefined;
  let packetId = 0;
  const open = () => {
    const { certificatePem: cert, privateKeyPem: key } = credentials;
    const socket = connect({
      host: '127.0.0.1',
      port: doors.mqtt.address.port,
      ca: doors.authority.certificatePem,
      cert,
      key,
      ...(session ? { session } : {}),
    });
    socket.on('session', (ticket) => {
      session = ticket;
    });
    socket.on('error', () => {});
    return socket;
  };
  return {
    async send(message) {
      const isNew = kept === undefined || kept.destroyed || message.isFirst;
      if (isNew) kept?.destroy();
      const socket = isNew ? open() : (kept as TLSSocket);
      const hello = isNew && !message.isFirst ? connectPacket(agentId, {}) : Buffer.alloc(0);
      packetId = (packetId % 65_000) + 1;
      const bytes = Buffer.concat([hello, message.bytes(agentId, packetId), PING]);
      const answer = await exchange(socket, { bytes, packetId, ends: ENDS[message.kind] });
      // A connection that is about to be cut may answer the ping first.
      kept = answer.isOpen && ENDS[message.kind] !== undefined ? socket : undefined;
      if (!kept) socket.destroy();
      return judge(message, agentId, answer);
    },
    close: () => kept?.destroy(),
  };
}

interface MqttAnswer {
  types: number[];
  /** The return code of a CONNACK, or what was granted to this SUBSCRIBE. */
  code: number | undefined;
  isOpen: boolean;
}

/** What ends the wait: the acknowledgement of this very packet where there must be one, else the ping's. */
const ENDS: Readonly<Partial<Record<MqttMessage['kind'], number>>> = { report: TYPE.puback, subscribe: TYPE.suback };
/** A connection that swallowed the ping into a broken packet says nothing any more: it is left after this. */
const QUIET_MS = 30;
const ANSWER_MS = 10_000;

function exchange(
  socket: TLSSocket,
  { bytes, packetId, ends }: { bytes: Buffer; packetId: number; ends: number | undefined },
): Promise<MqttAnswer> {
  return new Promise((resolve) => {
    const answer: MqttAnswer = { types: [], code: undefined, isOpen: false };
    let unread: Buffer = Buffer.alloc(0);
    const end = (isOpen: boolean) => {
      clearTimeout(timer);
      socket.removeAllListeners('data');
      socket.removeAllListeners('close');
      if (!isOpen) socket.destroy();
      resolve({ ...answer, isOpen });
    };
    const timer = setTimeout(() => end(false), ends === undefined && !socket.connecting ? QUIET_MS : ANSWER_MS);
    socket.on('data', (chunk: Buffer) => {
      unread = Buffer.concat([unread, chunk]);
      for (let size = packetSize(unread); size !== undefined && unread.length >= size; size = packetSize(unread)) {
        const type = (unread[0] ?? 0) >> 4;
        const isMine = unread.length >= 4 && unread.readUInt16BE(2) === packetId;
        if (type === TYPE.connack) answer.code = unread[3];
        if (type === TYPE.suback && isMine) answer.code = unread[4];
        unread = unread.subarray(size);
        answer.types.push(type);
        if (ends === undefined ? type === TYPE.pingresp : type === ends && isMine) return end(true);
      }
    });
    socket.once('close', () => end(false));
    socket.write(bytes);
  });
}

/** Of a whole packet with its fixed header; the broker's lengths have one or two bytes. */
function packetSize(bytes: Buffer): number | undefined {
  const [, low, high] = bytes;
  if (low === undefined) return undefined;
  if (low < 0x80) return 2 + low;
  return high === undefined ? undefined : 3 + (low & 0x7f) + high * 128;
}

function judge(message: MqttMessage, agentId: string, answer: MqttAnswer): Verdict {
  const { kind, mayPass, isFirst, isTooLarge = false } = message;
  const outcome = `${kind} ${answer.isOpen ? 'taken' : 'cut'}`;
  if (!mayPass) {
    // A first packet that is let in would answer CONNACK 0; a publish that is let in, PUBACK.
    const isTaken =
      answer.types.includes(TYPE.puback) || (isFirst && answer.types.includes(TYPE.connack) && answer.code === 0);
    return isTaken ? { outcome, fault: 'what is not allowed was taken' } : { outcome };
  }
  if (kind === 'report' && answer.isOpen === isTooLarge) {
    return { outcome, fault: isTooLarge ? 'a report above the limit was taken' : 'an own report cuts the connection' };
  }
  if (kind !== 'subscribe') return { outcome };
  const filter = filterIn(message.bytes(agentId, 1));
  const own = Object.values(agentTopics(agentId)).filter((topic) => topic.includes('/dn/'));
  const isOwn = filter === HUB_STATE_FILTER || own.includes(filter);
  const isGranted = answer.isOpen && (answer.code ?? 0x80) < 0x80;
  const word = `subscribe ${isGranted ? 'granted' : answer.isOpen ? 'refused' : 'cut'}`;
  return isGranted && !isOwn ? { outcome: word, fault: `subscribed to ${JSON.stringify(filter)}` } : { outcome: word };
}

function filterIn(bytes: Buffer): string {
  const start = (bytes[1] ?? 0) >= 0x80 ? 5 : 4;
  return bytes.subarray(start + 2, -1).toString('utf8');
}

/** The agent that nobody may speak for or listen to. */
async function openVictim(doors: TestDoors, { certificatePem: cert, privateKeyPem: key }: TestCredentials) {
  const client: MqttClient = await mqtt.connectAsync({
    protocol: 'mqtts',
    host: '127.0.0.1',
    port: doors.mqtt.address.port,
    ca: doors.authority.certificatePem,
    cert,
    key,
    clientId: VICTIM,
    protocolVersion: 4,
    reconnectPeriod: 0,
  });
  const { ack, state } = agentTopics(VICTIM);
  const victim = {
    client,
    closed: 0,
    strange: [] as string[],
    async reports(): Promise<boolean> {
      const acknowledged = new Promise<boolean>((resolve) => {
        client.once('message', (topic) => resolve(topic === ack));
        setTimeout(() => resolve(false), 5_000);
      });
      isReporting = true;
      const birth = wire.AgentState.fromPartial({ online: true, boot: 'b', session: 1n, epoch: 'e', lastSeq: 1n });
      await client.publishAsync(state, Buffer.from(wire.AgentState.encode(birth).finish()), { qos: 1, retain: true });
      return acknowledged;
    },
  };
  let isReporting = false;
  client.on('close', () => victim.closed++);
  client.on('message', (topic) => {
    if (!isReporting) victim.strange.push(topic);
  });
  await client.subscribeAsync([ack, `tolem/v1/${VICTIM}/dn/cmd`], { qos: 1 });
  return victim;
}
