import { connect as connectTcp, createServer, type Socket } from 'node:net';
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerWritableStream,
  status,
} from '@grpc/grpc-js';
import { createSilentLog, createSystemContext, Money } from '@tolem/base';
import { createRootAuthority, deviceIdentityUri, issueCertificate, makeKeyPair, validFor } from '@tolem/pki';
import { wire } from '@tolem/proto';
import { afterEach, beforeAll, expect, it } from 'vitest';
import type { HubLink, HubPaymentView, WatchHandlers } from '../hub/hub-link.ts';
import { createGrpcHubLink, type HubLinkLimits } from './grpc-hub-link.ts';
import type { HubCredentials } from './hub-channel.ts';

const context = createSystemContext(createSilentLog());
const validity = validFor(context.clock, 30);
const closers: Array<() => void | Promise<void>> = [];
let agent: HubCredentials;
let stranger: HubCredentials;
let serverPair: { private_key: Buffer; cert_chain: Buffer };

const HELLO = { boot: 'b1', epoch: 'e1', lastSeq: 7, hostFingerprint: 'h', version: '0.1.0' };
const PAYMENT: wire.Payment = wire.Payment.fromPartial({
  paymentId: 'p1',
  version: 1n,
  method: wire.PaymentMethod.QR,
  amount: { tiyn: 150_000n },
  status: wire.PaymentStatus.AWAITING_SCAN,
});
const CREATE = {
  paymentId: 'p1',
  method: 'qr' as const,
  amount: Money.parse('1500.00'),
  lateAcceptMs: 60_000,
  keyHash: 'k',
  bodyHash: 'b',
};

beforeAll(async () => {
  const authority = await createRootAuthority({ subject: { commonName: 'Device CA' }, validity });
  const issue = async (uri: string[], dns: string[]) => {
    const { privateKeyPem, publicKeyPem } = await makeKeyPair('p256');
    const names = { uris: uri, dns, ips: dns.length > 0 ? ['127.0.0.1'] : [] };
    const options = { subject: { commonName: 'till-1' }, validity, purposes: ['client', 'server'] as const, names };
    const certificate = await issueCertificate(authority, publicKeyPem, {
      ...options,
      purposes: [...options.purposes],
    });
    return { ca: authority.certificatePem, certificate, key: privateKeyPem };
  };
  agent = await issue([deviceIdentityUri('main', 'till-1')], []);
  const server = await issue([], ['localhost']);
  serverPair = { private_key: Buffer.from(server.key), cert_chain: Buffer.from(server.certificate) };
  const other = await createRootAuthority({ subject: { commonName: 'Somebody else' }, validity });
  stranger = { ...agent, ca: other.certificatePem };
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Watching = ServerDuplexStream<wire.WatchPaymentsRequest, wire.WatchPaymentsResponse>;

/** A hub as the door shows it, whose answers a test chooses. */
interface BareHub {
  port: number;
  hubEpoch: string;
  /** The session of every call but Hello, in order. */
  sessions: string[];
  requests: unknown[];
  watching: Watching[];
  /** Answers instead of the usual answer; `silent` never does. */
  answer: { failure: object } | 'silent' | 'usual';
  resumed: wire.ResumeResponse[];
  kill(): void;
}

async function openBareHub(port = 0, pair = serverPair): Promise<BareHub> {
  const server = new Server();
  let session = 0n;
  const greet = (call: { sendMetadata(metadata: Metadata): void; metadata: Metadata }) => {
    const metadata = new Metadata();
    metadata.set('tolem-hub-epoch', hub.hubEpoch);
    call.sendMetadata(metadata);
    hub.sessions.push(call.metadata.get('tolem-session').join());
  };
  type Call = { request: unknown; metadata: Metadata; sendMetadata(metadata: Metadata): void };
  const unary = (usual: () => unknown) => (call: Call, callback: (error: object | null, answer?: unknown) => void) => {
    greet(call);
    hub.requests.push(call.request);
    if (hub.answer === 'usual') callback(null, usual());
    else if (hub.answer !== 'silent') callback(hub.answer.failure);
  };
  const payment = unary(() => ({ payment: PAYMENT }));
  const refund = unary(() => ({
    refund: wire.Refund.fromPartial({ refundId: 'r1', amount: { tiyn: 100n }, status: 4 }),
  }));
  const nothing = unary(() => ({}));
  server.addService(wire.HubServiceService, {
    hello: unary(() => {
      session += 1n;
      hub.sessions.pop();
      return wire.HelloResponse.fromPartial({ session, hubEpoch: hub.hubEpoch, storeName: 'Store', hubTimeMs: 5n });
    }),
    createPayment: payment,
    getPayment: payment,
    cancelPayment: payment,
    acceptLate: payment,
    createRefund: refund,
    getRefund: refund,
    listDevices: nothing,
    listTradePoints: nothing,
    registerDevice: nothing,
    watchPayments(stream: Watching) {
      stream.on('error', () => stream.destroy());
      if (hub.answer === 'silent') return;
      greet(stream);
      stream.on('data', (request) => hub.requests.push(request));
      stream.on('end', () => stream.end());
      hub.watching.push(stream);
    },
    resume(stream: ServerWritableStream<wire.ResumeRequest, wire.ResumeResponse>) {
      greet(stream);
      for (const response of hub.resumed) stream.write(response);
      stream.end();
    },
  });
  const credentials = ServerCredentials.createSsl(Buffer.from(agent.ca), [pair], true);
  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error, taken) => (error ? reject(error) : resolve(taken))),
  );
  const hub: BareHub = {
    port: bound,
    hubEpoch: 'h1',
    sessions: [],
    requests: [],
    watching: [],
    answer: 'usual',
    resumed: [],
    kill: () => server.forceShutdown(),
  };
  closers.push(() => hub.kill());
  return hub;
}

/** A wire between agent and hub that can stop carrying anything without closing. */
async function openFreezer(port: number): Promise<{ port: number; freeze(): void; thaw(): void }> {
  let isFrozen = false;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connectTcp(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.on('data', (chunk) => void (isFrozen || to.write(chunk)));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    freeze() {
      isFrozen = true;
    },
    thaw() {
      isFrozen = false;
    },
  };
}

function link(
  port: number,
  options: { identity?: HubCredentials; callMs?: number; limits?: Partial<HubLinkLimits> } = {},
): HubLink {
  const { identity = agent, callMs = 3_000, limits = {} } = options;
  const made = createGrpcHubLink({ identity, address: `127.0.0.1:${port}`, context, callMs, limits });
  closers.push(() => made.close());
  return made;
}

interface Watched extends WatchHandlers {
  views: HubPaymentView[];
  missing: string[];
  ends: unknown[];
}

function watched(): Watched {
  const views: HubPaymentView[] = [];
  const missing: string[] = [];
  const ends: unknown[] = [];
  return {
    views,
    missing,
    ends,
    payment: (view) => void views.push(view),
    notFound: (paymentId) => void missing.push(paymentId),
    ended: (error) => void ends.push(error),
  };
}

const refusalOf = (code: status, word: string): object => {
  const metadata = new Metadata();
  const error = wire.CallError.fromPartial({ code: word, detail: 'why', money: 'none', retry: 'never' });
  metadata.set('tolem-error-bin', Buffer.from(wire.CallError.encode(error).finish()));
  return { code, details: word, metadata };
};
const unreachable = (effect: 'none' | 'possible') => expect.objectContaining({ code: 'hub_unreachable', effect });

it('says Hello and sends the session of the last one with every call', async () => {
  const hub = await openBareHub();
  const to = link(hub.port);
  expect(await to.hello(HELLO)).toMatchObject({ session: 1, hubEpoch: 'h1', storeName: 'Store', hubTimeMs: 5 });
  expect((await to.createPayment(CREATE, 2_000)).status).toBe('awaiting_scan');
  await to.hello(HELLO);
  expect((await to.getRefund('r1')).status).toBe('confirmed');
  expect(hub.sessions).toEqual(['1', '2']);
  expect(hub.requests).toMatchObject([{ lastSeq: 7n }, { amount: { tiyn: 150_000n }, lateAcceptMs: 60_000n }, {}, {}]);
});

it('makes no call before the hub was greeted', async () => {
  const hub = await openBareHub();
  const to = link(hub.port);
  await expect(to.createPayment(CREATE, 1_000)).rejects.toEqual(unreachable('none'));
  expect(() => to.watch(watched())).toThrow(unreachable('none'));
  expect(hub.requests).toEqual([]);
});

it('tells the refusals of the hub apart', async () => {
  const hub = await openBareHub();
  const to = link(hub.port);
  await to.hello(HELLO);
  hub.answer = { failure: refusalOf(status.NOT_FOUND, 'payment_not_found') };
  await expect(to.cancelPayment('p1', 'till')).rejects.toMatchObject({ code: 'hub_not_found' });
  hub.answer = { failure: refusalOf(status.FAILED_PRECONDITION, 'superseded') };
  await expect(to.acceptLate('p1')).rejects.toMatchObject({ code: 'superseded' });
  hub.answer = { failure: refusalOf(status.FAILED_PRECONDITION, 'already_paid') };
  await expect(to.cancelPayment('p1', 'till')).rejects.toMatchObject({
    problem: { code: 'already_paid', status: 409 },
  });
  hub.answer = { failure: { code: status.FAILED_PRECONDITION, details: 'no words' } };
  await expect(to.cancelPayment('p1', 'till')).rejects.toEqual(unreachable('possible'));
});

it('counts a call without an answer within its limit as lost', async () => {
  const hub = await openBareHub();
  const to = link(hub.port);
  await to.hello(HELLO);
  hub.answer = 'silent';
  const startMs = context.clock.monoMs();
  await expect(to.createPayment(CREATE, 150)).rejects.toEqual(unreachable('possible'));
  expect(context.clock.monoMs() - startMs).toBeLessThan(2_000);
});

it('counts a call as lost when the hub dies in the middle of it, and finds the hub again', async () => {
  const hub = await openBareHub();
  const to = link(hub.port);
  await to.hello(HELLO);
  hub.answer = 'silent';
  const lost = expect(to.createPayment(CREATE, 10_000)).rejects.toEqual(unreachable('possible'));
  await expect.poll(() => hub.requests.length).toBe(2);
  hub.kill();
  await lost;
  await expect(to.hello(HELLO)).rejects.toEqual(unreachable('possible'));
  await openBareHub(hub.port);
  expect((await to.hello(HELLO)).session).toBe(1);
});

it('believes neither a hub of another authority nor a hub under another name', async () => {
  const hub = await openBareHub();
  await expect(link(hub.port, { identity: stranger }).hello(HELLO)).rejects.toEqual(unreachable('possible'));
  const named = createGrpcHubLink({ identity: agent, address: `127.0.0.2:${hub.port}`, context, callMs: 1_000 });
  closers.push(() => named.close());
  await expect(named.hello(HELLO)).rejects.toEqual(unreachable('possible'));
  expect(hub.requests).toEqual([]);
});

it('refuses credentials that cannot be used at once', () => {
  expect(() => link(1, { identity: { ...agent, key: 'no key' } })).toThrow(
    expect.objectContaining({ code: 'identity_invalid' }),
  );
});

it('follows payments: what it names goes out, what changes comes in, what cannot be read is left', async () => {
  const hub = await openBareHub();
  const to = link(hub.port);
  await to.hello(HELLO);
  const heard = watched();
  const watch = to.watch(heard);
  watch.add([
    { paymentId: 'p1', version: 0 },
    { paymentId: 'p2', version: 4 },
  ]);
  watch.remove(['p2']);
  await expect.poll(() => hub.requests.length).toBe(3);
  expect(hub.requests.slice(1)).toEqual([
    {
      add: [
        { paymentId: 'p1', version: 0n },
        { paymentId: 'p2', version: 4n },
      ],
      remove: [],
    },
    { add: [], remove: ['p2'] },
  ]);
  const [stream] = hub.watching;
  stream?.write({ change: { $case: 'payment', value: { ...PAYMENT, amount: undefined } } });
  stream?.write({ change: undefined });
  stream?.write({ change: { $case: 'payment', value: PAYMENT } });
  stream?.write({ change: { $case: 'notFoundPaymentId', value: 'p9' } });
  await expect.poll(() => heard.missing).toEqual(['p9']);
  expect(heard.views).toMatchObject([{ paymentId: 'p1', version: 1 }]);
  expect(heard.ends).toEqual([]);
});

it('sends a long list in messages that the hub takes', async () => {
  const hub = await openBareHub();
  const to = link(hub.port);
  await to.hello(HELLO);
  to.watch(watched()).add(Array.from({ length: 1_500 }, (_, at) => ({ paymentId: `p${at}`, version: at })));
  await expect.poll(() => hub.requests.length).toBe(3);
  expect(hub.requests.slice(1)).toMatchObject([{ add: { length: 1_000 } }, { add: { length: 500 } }]);
});

it.each([
  [
    'the hub refuses it',
    (hub: BareHub) => void hub.watching[0]?.emit('error', refusalOf(status.FAILED_PRECONDITION, 'superseded')),
    'superseded',
  ],
  [
    'the hub stops',
    (hub: BareHub) => void hub.watching[0]?.emit('error', refusalOf(status.UNAVAILABLE, 'hub_stopping')),
    'hub_unreachable',
  ],
  ['the hub ends it', (hub: BareHub) => void hub.watching[0]?.end(), 'hub_unreachable'],
  ['the hub dies', (hub: BareHub) => hub.kill(), 'hub_unreachable'],
])('tells once that the stream has ended when %s, and can watch again', async (_what, act, code) => {
  const hub = await openBareHub();
  const to = link(hub.port);
  await to.hello(HELLO);
  const heard = watched();
  to.watch(heard);
  await expect.poll(() => hub.watching.length).toBe(1);
  act(hub);
  await expect.poll(() => heard.ends).toEqual([expect.objectContaining({ code })]);
  hub.kill();
  const next = await openBareHub(hub.port);
  await expect.poll(() => to.hello(HELLO).catch(() => undefined)).toBeDefined();
  const again = watched();
  to.watch(again).add([{ paymentId: 'p1', version: 0 }]);
  await expect.poll(() => next.watching.length).toBe(1);
  next.watching[0]?.write({ change: { $case: 'payment', value: PAYMENT } });
  await expect.poll(() => again.views.length).toBe(1);
  expect(heard.ends.length).toBe(1);
});

it('tells of the end after a close of its own, but not from within it', async () => {
  const hub = await openBareHub();
  const to = link(hub.port);
  await to.hello(HELLO);
  const heard = watched();
  const watch = to.watch(heard);
  watch.close();
  watch.close();
  expect(heard.ends).toEqual([]);
  await expect.poll(() => heard.ends.length).toBe(1);
  watch.add([{ paymentId: 'p1', version: 0 }]);
  expect(hub.requests.length).toBe(1);
});

it('notices a link that carries nothing any more, and connects anew', async () => {
  const hub = await openBareHub();
  const freezer = await openFreezer(hub.port);
  const to = link(freezer.port, { callMs: 500, limits: { keepaliveEveryMs: 200, keepaliveAnswerMs: 200 } });
  await to.hello(HELLO);
  const heard = watched();
  to.watch(heard);
  await expect.poll(() => hub.watching.length).toBe(1);
  freezer.freeze();
  await expect.poll(() => heard.ends, { timeout: 5_000 }).toEqual([unreachable('possible')]);
  // This connection hangs in its handshake for ever; the next Hello must not wait for it.
  await expect(to.hello(HELLO)).rejects.toEqual(unreachable('possible'));
  freezer.thaw();
  await expect.poll(() => to.hello(HELLO).catch(() => undefined), { timeout: 5_000 }).toBeDefined();
});

it('gives up a stream that the hub does not greet', async () => {
  const hub = await openBareHub();
  const to = link(hub.port, { limits: { watchOpenMs: 100 } });
  await to.hello(HELLO);
  hub.answer = 'silent';
  const heard = watched();
  to.watch(heard);
  await expect.poll(() => heard.ends).toEqual([unreachable('none')]);
});

it('ends the stream when the hub answers under another epoch: it was restored', async () => {
  const hub = await openBareHub();
  const to = link(hub.port);
  await to.hello(HELLO);
  const heard = watched();
  to.watch(heard);
  await expect.poll(() => hub.watching.length).toBe(1);
  hub.hubEpoch = 'h2';
  await to.getRefund('r1');
  await expect.poll(() => heard.ends).toEqual([unreachable('none')]);
});

it('collects what the hub gives back, all of it or nothing', async () => {
  const hub = await openBareHub();
  const to = link(hub.port, { limits: { resumedMax: 2 } });
  await to.hello(HELLO);
  hub.resumed = [
    { payment: PAYMENT, keyHash: 'k', bodyHash: 'b', refund: undefined },
    { payment: PAYMENT, keyHash: '', bodyHash: '', refund: undefined },
  ];
  expect(await to.resume()).toMatchObject([{ view: { paymentId: 'p1' }, keyHash: 'k', bodyHash: 'b' }, {}]);
  hub.resumed = [...hub.resumed, ...hub.resumed];
  await expect(to.resume()).rejects.toMatchObject({ code: 'hub_unreachable' });
  hub.resumed = [{ payment: undefined, keyHash: 'k', bodyHash: 'b', refund: undefined }];
  await expect(to.resume()).rejects.toMatchObject({ code: 'hub_unreachable' });
});

it('refuses more calls at once than its limit, and cancels those under way when it is closed', async () => {
  const hub = await openBareHub();
  const to = link(hub.port, { limits: { callsMax: 2 } });
  await to.hello(HELLO);
  hub.answer = 'silent';
  const first = expect(to.getRefund('r1')).rejects.toEqual(unreachable('possible'));
  const second = expect(to.getRefund('r2')).rejects.toEqual(unreachable('possible'));
  await expect(to.getRefund('r3')).rejects.toEqual(unreachable('none'));
  to.close();
  await Promise.all([first, second]);
  await expect(to.hello(HELLO)).rejects.toEqual(unreachable('none'));
});

it('called by its address, a hub is believed only where its certificate names that address', async () => {
  const elsewhere = { private_key: Buffer.from(agent.key), cert_chain: Buffer.from(agent.certificate) };
  const hub = await openBareHub(0, elsewhere);
  await expect(link(hub.port).hello(HELLO)).rejects.toEqual(unreachable('possible'));
  expect(hub.requests).toEqual([]);
});
