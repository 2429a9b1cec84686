import { connect as connectTcp, createServer as createTcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { createSilentLog, createSystemContext, type LogFields, type Logger } from '@tolem/base';
import { createRootAuthority, deviceIdentityUri, issueCertificate, makeKeyPair, validFor } from '@tolem/pki';
import { agentTopics, hubStateTopic, MAX_PAYLOAD_BYTES, wire } from '@tolem/proto';
import { Aedes } from 'aedes';
import { afterEach, beforeAll, expect, it } from 'vitest';
import type { AgentReport, ReportAck, ReportBus, ReportBusEvents } from '../hub/report-bus.ts';
import type { BrokerIdentity } from './broker-connection.ts';
import { createMqttReportBus, type ReportBusLimits } from './mqtt-report-bus.ts';

const warnings: string[] = [];
const log: Logger = {
  ...createSilentLog(),
  warn: (_fields: LogFields, message: string) => void warnings.push(message),
};
const context = createSystemContext(log);
const validity = validFor(context.clock, 30);
const topics = agentTopics('till-1');
const closers: Array<() => void | Promise<void>> = [];
let agent: BrokerIdentity;
let server: BrokerIdentity;
let stranger: BrokerIdentity;

beforeAll(async () => {
  const authority = await createRootAuthority({ subject: { commonName: 'Device CA' }, validity });
  const issue = async (commonName: string, names: { uris?: string[]; dns?: string[]; ips?: string[] }) => {
    const { privateKeyPem, publicKeyPem } = await makeKeyPair('p256');
    const certificate = await issueCertificate(authority, publicKeyPem, {
      subject: { commonName },
      validity,
      purposes: ['client', 'server'],
      names,
    });
    return { agentId: 'till-1', ca: authority.certificatePem, certificate, key: privateKeyPem };
  };
  agent = await issue('till-1', { uris: [deviceIdentityUri('main', 'till-1')] });
  server = await issue('hub', { dns: ['localhost'], ips: ['127.0.0.1'] });
  const other = await createRootAuthority({ subject: { commonName: 'Somebody else' }, validity });
  stranger = { ...agent, ca: other.certificatePem };
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  warnings.length = 0;
});

interface Heard {
  topic: string;
  retain: boolean;
  state?: wire.AgentState;
  batch?: wire.JournalBatch;
}

/** A broker without the hub's rules: it shows what the agent really sends. */
interface BareBroker {
  port: number;
  clients: string[];
  heard: Heard[];
  sockets: Set<TLSSocket>;
  refusesSubscriptions: boolean;
  publish(topic: string, payload: Uint8Array): void;
  stop(): Promise<void>;
}

async function openBroker(port = 0): Promise<BareBroker> {
  const aedes = new Aedes({
    concurrency: 0,
    authorizeSubscribe: (_client, subscription, done) => done(null, broker.refusesSubscriptions ? null : subscription),
    authorizePublish(_client, { topic, retain, payload }, done) {
      done(null);
      const bytes = Buffer.from(payload);
      broker.heard.push({
        topic,
        retain,
        ...(topic === topics.state ? { state: wire.AgentState.decode(bytes) } : {}),
        ...(topic === topics.journal ? { batch: wire.JournalBatch.decode(bytes) } : {}),
      });
    },
  });
  await aedes.listen();
  aedes.on('client', (client) => void broker.clients.push(client.id));
  for (const event of ['clientError', 'connectionError'] as const) aedes.on(event, () => {});
  const options = { ca: server.ca, cert: server.certificate, key: server.key, requestCert: true };
  const tls = createTlsServer({ ...options, rejectUnauthorized: true }, (socket) => {
    broker.sockets.add(socket);
    socket.on('close', () => broker.sockets.delete(socket));
    aedes.handle(socket);
  });
  tls.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => tls.listen(port, '127.0.0.1', resolve));
  const broker: BareBroker = {
    port: portOf(tls.address()),
    clients: [],
    heard: [],
    sockets: new Set(),
    refusesSubscriptions: false,
    publish(topic, payload) {
      const packet = { cmd: 'publish' as const, topic, payload: Buffer.from(payload), qos: 1 as const };
      aedes.publish({ ...packet, retain: false, dup: false }, () => {});
    },
    async stop() {
      tls.close();
      for (const socket of broker.sockets) socket.destroy();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
    },
  };
  closers.push(() => broker.stop());
  return broker;
}

function portOf(address: ReturnType<ReturnType<typeof createTcpServer>['address']>): number {
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A wire that can stop carrying anything without closing. */
async function openFreezer(port: number): Promise<{ port: number; freeze(): void }> {
  let isFrozen = false;
  const sockets = new Set<Socket>();
  const freezer = createTcpServer((near) => {
    const far = connectTcp(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      // A dead router tells nobody that the other side has hung up.
      from.on('error', () => from.destroy()).on('close', () => void (isFrozen || to.destroy()));
      from.on('data', (chunk) => void (isFrozen || to.write(chunk)));
    }
  });
  await new Promise<void>((resolve) => freezer.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    freezer.close();
  });
  return {
    port: portOf(freezer.address()),
    freeze() {
      isFrozen = true;
    },
  };
}

interface Reported extends ReportBusEvents {
  words: string[];
  acks: ReportAck[];
  hubs: Array<{ instance: string; online: boolean }>;
}

function reported(): Reported {
  const words: string[] = [];
  const acks: ReportAck[] = [];
  const hubs: Reported['hubs'] = [];
  return {
    words,
    acks,
    hubs,
    connected: () => void words.push('connected'),
    disconnected: (cause) => void words.push(cause),
    ack: (ack) => void acks.push(ack),
    command: () => void words.push('command'),
    hubState: (state) => void hubs.push(state),
  };
}

const REPORT: AgentReport = {
  online: true,
  stopping: false,
  boot: 'b1',
  session: 3,
  epoch: 'e1',
  lastSeq: 7,
  chain: new Uint8Array([1, 2, 3]),
  version: '0.1.0',
  health: [{ layer: 'disk', subject: '', state: 'ok', cause: '', detail: '', sinceMs: 5 }],
};
const ROW = {
  seq: 8,
  eventId: 'e',
  kind: 'payment',
  payload: Buffer.from('{}'),
  atMs: 1,
  monoMs: 2.5,
  boot: 'b1',
  hash: new Uint8Array([9]),
};
const BATCH = { epoch: 'e1', from: 8, to: 8, rows: [ROW] };
const QUICK = { reconnect: { firstMs: 20, maxMs: 100, jitter: 0.5 }, connectMs: 2_000 };

function open(port: number, limits: Partial<ReportBusLimits> = {}, identity = agent): ReportBus {
  const address = `mqtts://127.0.0.1:${port}`;
  const bus = createMqttReportBus({ identity, address, context, limits: { ...QUICK, ...limits } });
  closers.push(() => bus.stop());
  return bus;
}

async function opened(broker: BareBroker, limits: Partial<ReportBusLimits> = {}) {
  const bus = open(broker.port, limits);
  const events = reported();
  const now = { report: REPORT };
  bus.start(events, () => now.report);
  await expect.poll(() => broker.heard.length).toBe(1);
  return { bus, events, now };
}

const ack = (members: Partial<wire.JournalAck>): Buffer =>
  Buffer.from(
    wire.JournalAck.encode(
      wire.JournalAck.fromPartial({ epoch: 'e1', hubEpoch: 'h1', verdict: 'ok', upto: 7n, ...members }),
    ).finish(),
  );

it('publishes its birth, retained, as soon as it is connected and hears what comes down', async () => {
  const broker = await openBroker();
  const { bus, events } = await opened(broker);
  expect(broker.clients).toEqual(['till-1']);
  expect(broker.heard[0]).toMatchObject({
    topic: topics.state,
    retain: true,
    state: {
      online: true,
      stopping: false,
      boot: 'b1',
      session: 3n,
      epoch: 'e1',
      lastSeq: 7n,
      health: [{ layer: 'disk' }],
    },
  });
  expect(Buffer.from(broker.heard[0]?.state?.chain ?? [])).toEqual(Buffer.from([1, 2, 3]));
  expect([bus.isConnected(), events.words]).toEqual([true, ['connected']]);
});

it('hands a batch over and hears its acknowledgement', async () => {
  const broker = await openBroker();
  const { bus, events } = await opened(broker);
  await bus.sendBatch(BATCH);
  expect(broker.heard.at(-1)).toMatchObject({
    topic: topics.journal,
    retain: false,
    batch: {
      epoch: 'e1',
      from: 8n,
      to: 8n,
      envelope: { v: 1, boot: 'b1' },
      rows: [{ seq: 8n, eventId: 'e', monoMs: 2.5 }],
    },
  });
  broker.publish(topics.ack, ack({ upto: 8n, hubTimeMs: 99n }));
  await expect
    .poll(() => events.acks)
    .toEqual([{ epoch: 'e1', upto: 8, hubEpoch: 'h1', hubTimeMs: 99, verdict: 'ok', detail: '' }]);
});

it('calls a verdict that it does not know unlisted', async () => {
  const broker = await openBroker();
  const { events } = await opened(broker);
  broker.publish(topics.ack, ack({ verdict: 'splendid' }));
  await expect.poll(() => events.acks).toMatchObject([{ verdict: 'unlisted' }]);
});

it('ignores what cannot be read, and says so once', async () => {
  const broker = await openBroker();
  const { events } = await opened(broker);
  for (const garbage of [[0xff, 0xff], [], [8, 1]]) broker.publish(topics.ack, Buffer.from(garbage));
  broker.publish(topics.ack, ack({ upto: 2n ** 62n }));
  broker.publish(topics.ack, ack({ epoch: '' }));
  broker.publish(topics.ack, ack({ detail: 'x'.repeat(MAX_PAYLOAD_BYTES) }));
  broker.publish(topics.ack, ack({}));
  await expect.poll(() => events.acks.length).toBe(1);
  expect(warnings).toEqual(['a message that cannot be read was ignored; further ones are not logged']);
});

it('hears the states of hubs under their own names only', async () => {
  const broker = await openBroker();
  const { events } = await opened(broker);
  const state = (instance: string, online: boolean) =>
    Buffer.from(wire.HubState.encode(wire.HubState.fromPartial({ instance, online, hubEpoch: 'h1' })).finish());
  broker.publish(hubStateTopic('one'), state('other', true));
  broker.publish(hubStateTopic('one'), state('one', true));
  broker.publish(hubStateTopic('two'), Buffer.alloc(0));
  broker.publish(hubStateTopic('two'), state('two', false));
  await expect
    .poll(() => events.hubs)
    .toMatchObject([
      { instance: 'one', online: true },
      { instance: 'two', online: false },
    ]);
});

it('leaves a will that says it is gone when its socket breaks, and comes back with a new birth', async () => {
  const broker = await openBroker();
  const { events } = await opened(broker);
  for (const socket of broker.sockets) socket.destroy();
  await expect.poll(() => broker.heard.length).toBe(3);
  expect(broker.heard.slice(1)).toMatchObject([
    { topic: topics.state, retain: true, state: { online: false, stopping: false, boot: 'b1', session: 3n } },
    { state: { online: true, session: 3n } },
  ]);
  expect(events.words).toEqual(['connected', 'closed', 'connected']);
});

it('connects anew for a new session, so that will and birth carry it', async () => {
  const broker = await openBroker();
  const { bus, now } = await opened(broker);
  now.report = { ...REPORT, session: 4 };
  bus.reconnect();
  await expect.poll(() => broker.heard.filter(({ state }) => state?.online).length).toBe(2);
  for (const socket of broker.sockets) socket.destroy();
  await expect.poll(() => broker.heard.some(({ state }) => state?.online === false && state.session === 4n)).toBe(true);
});

it('finds a broker that was away, and says why only when the reason changes', async () => {
  const first = await openBroker();
  const { bus, events } = await opened(first);
  await first.stop();
  await expect.poll(() => events.words).toEqual(['connected', 'closed', 'connect_refused']);
  expect(bus.isConnected()).toBe(false);
  await expect(bus.sendBatch(BATCH)).rejects.toMatchObject({ code: 'hub_unreachable', effect: 'none' });
  await bus.publishState(REPORT);
  const second = await openBroker(first.port);
  await expect.poll(() => events.words.at(-1)).toBe('connected');
  await expect.poll(() => second.heard.length).toBe(1);
  expect(events.words).toEqual(['connected', 'closed', 'connect_refused', 'connected']);
});

it('does not connect while there is no session', async () => {
  const broker = await openBroker();
  const bus = open(broker.port);
  let report: AgentReport | undefined;
  bus.start(reported(), () => report);
  bus.reconnect();
  expect(bus.isConnected()).toBe(false);
  report = REPORT;
  await expect.poll(() => broker.clients).toEqual(['till-1']);
});

it('believes no broker of another authority', async () => {
  const broker = await openBroker();
  const bus = open(broker.port, {}, stranger);
  const events = reported();
  bus.start(events, () => REPORT);
  await expect.poll(() => events.words.length).toBeGreaterThan(0);
  expect(events.words).not.toContain('connected');
  expect(broker.clients).toEqual([]);
});

it('is not connected where the broker refuses its subscriptions', async () => {
  const broker = await openBroker();
  broker.refusesSubscriptions = true;
  const bus = open(broker.port);
  const events = reported();
  bus.start(events, () => REPORT);
  await expect.poll(() => events.words).toEqual(['subscription_refused']);
  expect(broker.heard.filter(({ state }) => state?.online)).toEqual([]);
});

it('notices a link that carries nothing any more', async () => {
  const broker = await openBroker();
  const freezer = await openFreezer(broker.port);
  const bus = open(freezer.port, { keepaliveS: 1 });
  const events = reported();
  bus.start(events, () => REPORT);
  await expect.poll(() => broker.heard.length).toBe(1);
  freezer.freeze();
  const inFlight = expect(bus.sendBatch(BATCH)).rejects.toMatchObject({ code: 'hub_unreachable', effect: 'possible' });
  await expect.poll(() => events.words, { timeout: 5_000 }).toContain('keepalive_timeout');
  await inFlight;
});

it('gives up a connection that the broker never answers, and a message that it does not acknowledge', async () => {
  const broker = await openBroker();
  const freezer = await openFreezer(broker.port);
  const bus = open(freezer.port, { publishMs: 100, connectMs: 300 });
  const events = reported();
  bus.start(events, () => REPORT);
  await expect.poll(() => broker.heard.length).toBe(1);
  freezer.freeze();
  await expect(bus.sendBatch(BATCH)).rejects.toMatchObject({ code: 'hub_unreachable' });
  await expect
    .poll(() => events.words, { timeout: 5_000 })
    .toEqual(['connected', 'publish_timeout', 'connect_timeout']);
});

it('refuses a batch above the limit and more messages at once than its own, and cuts a large state down', async () => {
  const broker = await openBroker();
  const { bus } = await opened(broker, { publishingMax: 2 });
  const large = { ...ROW, payload: Buffer.alloc(MAX_PAYLOAD_BYTES) };
  await expect(bus.sendBatch({ ...BATCH, rows: [large] })).rejects.toMatchObject({ code: 'too_large' });
  const layer = { layer: 'terminal_port' as const, subject: 't', cause: 'c', sinceMs: 1 };
  const many = Array.from({ length: 400 }, (_, at) => ({
    ...layer,
    state: at < 20 ? ('fail' as const) : ('ok' as const),
    detail: 'x'.repeat(200),
  }));
  await bus.publishState({ ...REPORT, health: many });
  expect(broker.heard.at(-1)?.state?.health.filter(({ state }) => state === 'fail').length).toBe(20);
  const sent = await Promise.allSettled([1, 2, 3].map(() => bus.sendBatch(BATCH)));
  expect(sent.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
});

it('says goodbye when it stops, without its will and without coming back', async () => {
  const broker = await openBroker();
  const { bus, events } = await opened(broker);
  await bus.stop();
  expect(broker.heard.slice(1)).toMatchObject([
    { retain: true, state: { online: false, stopping: true, session: 3n } },
  ]);
  await expect.poll(() => broker.sockets.size).toBe(0);
  expect(bus.isConnected()).toBe(false);
  expect(events.words).toEqual(['connected']);
  await bus.stop();
  expect([broker.heard.length, broker.clients.length]).toEqual([2, 1]);
});

it('stops within its limits when the broker takes no goodbye, and when it never connected', async () => {
  const broker = await openBroker();
  const freezer = await openFreezer(broker.port);
  const bus = open(freezer.port, { goodbyeMs: 200 });
  bus.start(reported(), () => REPORT);
  await expect.poll(() => broker.heard.length).toBe(1);
  freezer.freeze();
  const startMs = context.clock.monoMs();
  await bus.stop();
  const other = open(1);
  other.start(reported(), () => REPORT);
  await other.stop();
  await open(1).stop();
  expect(context.clock.monoMs() - startMs).toBeLessThan(1_500);
});

it('refuses an address or credentials that cannot be used at once', () => {
  const invalid = expect.objectContaining({ code: 'identity_invalid' });
  for (const address of ['mqtt://hub:1883', 'hub:8883', '']) {
    expect(() => createMqttReportBus({ identity: agent, address, context })).toThrow(invalid);
  }
  expect(() => open(1, {}, { ...agent, key: 'no key' })).toThrow(invalid);
});
