import { agentTopics, HUB_STATE_FILTER, hubStateTopic, wire } from '@tolem/proto';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { foreignCredentials, openTestDoors, type TestCredentials, type TestDoors } from '../main/open-test-doors.ts';

let doors: TestDoors;
let till: TestCredentials;
const clients: MqttClient[] = [];

beforeAll(async () => {
  doors = await openTestDoors();
  till = await doors.addAgent('till-1');
  await doors.addAgent('till-2');
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
});
afterAll(() => doors.close());

function connect(credentials: TestCredentials | undefined, options: Partial<IClientOptions> = {}): Promise<MqttClient> {
  const client = mqtt.connect({
    protocol: 'mqtts',
    host: '127.0.0.1',
    port: doors.mqtt.address.port,
    ca: doors.authority.certificatePem,
    ...(credentials ? { cert: credentials.certificatePem, key: credentials.privateKeyPem } : {}),
    clientId: 'till-1',
    protocolVersion: 4,
    reconnectPeriod: 0,
    connectTimeout: 3_000,
    keepalive: 30,
    ...options,
  });
  clients.push(client);
  return new Promise((resolve, reject) => {
    client.on('connect', () => resolve(client));
    client.on('error', reject);
    client.on('close', () => reject(new Error('closed')));
  });
}

const topics = agentTopics('till-1');
const encodeState = (members: Partial<wire.AgentState>): Buffer =>
  Buffer.from(
    wire.AgentState.encode(
      wire.AgentState.fromPartial({ online: true, boot: 'b1', session: 1n, epoch: 'e1', lastSeq: 7n, ...members }),
    ).finish(),
  );
const encodeBatch = (from: number, to: number, payload = '{}'): Buffer => {
  const rows = Array.from({ length: to - from + 1 }, (_, at) =>
    wire.JournalRow.fromPartial({
      seq: BigInt(from + at),
      eventId: `e${at}`,
      kind: 'payment',
      payload: Buffer.from(payload),
    }),
  );
  return Buffer.from(
    wire.JournalBatch.encode(
      wire.JournalBatch.fromPartial({ epoch: 'e1', from: BigInt(from), to: BigInt(to), rows }),
    ).finish(),
  );
};
function nextAck(client: MqttClient): Promise<wire.JournalAck> {
  return new Promise((resolve) => {
    client.once('message', (topic, payload) => {
      expect(topic).toBe(topics.ack);
      resolve(wire.JournalAck.decode(payload));
    });
  });
}
const closed = (client: MqttClient): Promise<void> => new Promise((resolve) => client.once('close', () => resolve()));

it('takes a birth and answers with what the hub holds of the journal', async () => {
  const client = await connect(till);
  await client.subscribeAsync(topics.ack, { qos: 1 });
  const ack = nextAck(client);
  await client.publishAsync(topics.state, encodeState({}), { qos: 1, retain: true });
  expect(await ack).toMatchObject({ epoch: 'e1', upto: 7n, verdict: 'ok', hubEpoch: doors.core.hubEpoch });
  expect(doors.core.states.at(-1)).toMatchObject({ agentId: 'till-1', state: { online: true, boot: 'b1' } });
});

it('acknowledges a batch after the core has committed it', async () => {
  const client = await connect(till);
  await client.subscribeAsync(topics.ack, { qos: 1 });
  const ack = nextAck(client);
  await client.publishAsync(topics.journal, encodeBatch(8, 10), { qos: 1 });
  expect(await ack).toMatchObject({ upto: 10n, verdict: 'ok' });
  expect(doors.core.batches.at(-1)).toMatchObject({ agentId: 'till-1', batch: { from: 8, to: 10 } });
});

it('acknowledges nothing when the core fails, and takes the same batch again', async () => {
  const client = await connect(till);
  await client.subscribeAsync(topics.ack, { qos: 1 });
  doors.core.failNext(new Error('database away'));
  await client.publishAsync(topics.journal, encodeBatch(20, 21), { qos: 1 });
  const ack = nextAck(client);
  await client.publishAsync(topics.journal, encodeBatch(20, 21), { qos: 1 });
  expect((await ack).upto).toBe(21n);
});

it('keeps the hub state retained for its agents', async () => {
  const client = await connect(till);
  const state = new Promise<wire.HubState>((resolve) => {
    client.once('message', (topic, payload) => {
      expect(topic).toBe(hubStateTopic(doors.core.instance));
      resolve(wire.HubState.decode(payload));
    });
  });
  await client.subscribeAsync(HUB_STATE_FILTER, { qos: 1 });
  expect(await state).toMatchObject({ online: true, instance: doors.core.instance });
});

it('records the will of an agent whose connection breaks, and not after a goodbye', async () => {
  const will = { topic: topics.state, payload: encodeState({ online: false }), qos: 1 as const, retain: true };
  const client = await connect(till, { will });
  const before = doors.core.states.length;
  client.stream.destroy();
  await expect.poll(() => doors.core.states.length).toBe(before + 1);
  expect(doors.core.states.at(-1)?.state.online).toBe(false);
  const polite = await connect(till, { will });
  await polite.endAsync();
  const probe = await connect(till);
  await probe.publishAsync(topics.state, encodeState({ boot: 'b2' }), { qos: 1, retain: true });
  await expect.poll(() => doors.core.states.at(-1)?.state.boot).toBe('b2');
  expect(doors.core.states.length).toBe(before + 2);
});

it('refuses who has no certificate, a foreign one, another client id, another will or another protocol', async () => {
  await expect(connect(undefined)).rejects.toThrow();
  await expect(connect(await foreignCredentials('till-1', doors.context))).rejects.toThrow();
  await expect(connect(till, { clientId: 'till-2' })).rejects.toThrow();
  await expect(connect(till, { protocolVersion: 5 })).rejects.toThrow();
  const payload = encodeState({ online: false });
  const will = { topic: agentTopics('till-2').state, payload, qos: 1 as const, retain: true };
  await expect(connect(till, { will })).rejects.toThrow();
});

it.each([
  ['the state of another agent', agentTopics('till-2').state, { retain: true }],
  ['the journal of another agent', agentTopics('till-2').journal, {}],
  ['its own acknowledgement', topics.ack, {}],
  ['the hub state', hubStateTopic('fake-hub'), { retain: true }],
  ['a retained journal', topics.journal, { retain: true }],
])('cuts an agent that publishes %s', async (_what, topic, options) => {
  const client = await connect(till);
  const gone = closed(client);
  const [states, batches] = [doors.core.states.length, doors.core.batches.length];
  client.publish(topic, encodeBatch(1, 1), { qos: 1, ...options }, () => undefined);
  await gone;
  expect([doors.core.states.length, doors.core.batches.length]).toEqual([states, batches]);
});

it.each([
  agentTopics('till-2').ack,
  topics.state,
  `$share/g/${topics.ack}`,
  '#',
  'tolem/v1/+/dn/ack',
  'tolem/v1/till-1/#',
  '$SYS/#',
])('grants no subscription to %s', async (filter) => {
  const client = await connect(till);
  const [granted] = await client.subscribeAsync(filter, { qos: 1 }).catch(() => []);
  expect(granted === undefined || granted.qos === 128).toBe(true);
});

it('cuts an agent that sends more than the limit, without collecting it', async () => {
  const client = await connect(till);
  const gone = closed(client);
  client.publish(topics.journal, Buffer.alloc(40_000), { qos: 1 }, () => undefined);
  await gone;
});

it('lets a new connection of an agent replace the older one', async () => {
  const older = await connect(till);
  const gone = closed(older);
  const newer = await connect(till);
  await gone;
  expect(newer.connected).toBe(true);
});

it('cuts a revoked agent and does not let it in again', async () => {
  const credentials = await doors.addAgent('till-9');
  const client = await connect(credentials, { clientId: 'till-9' });
  const gone = closed(client);
  await doors.core.agents.revoke({ kind: 'system' }, 'till-9', 'stolen');
  doors.gatekeeper.forget('till-9');
  await doors.mqtt.recheck('till-9');
  await gone;
  await expect(connect(credentials, { clientId: 'till-9' })).rejects.toThrow();
});
