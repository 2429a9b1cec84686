import { ChannelCredentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { Money, ProblemError } from '@tolem/base';
import { wire } from '@tolem/proto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Command } from '../command/command.ts';
import { fakePayment, fakeRefund } from '../fake-records.ts';
import { foreignCredentials, openTestDoors, type TestCredentials, type TestDoors } from '../main/open-test-doors.ts';
import type { Payment } from '../payment/payment.ts';
import { sampleCommand, tenge } from '../store/compliance/sample-rows.ts';

const PAYMENT = '018f0000-0000-7000-8000-000000000001';
let doors: TestDoors;
let till: TestCredentials;
let other: TestCredentials;
const clients: wire.HubServiceClient[] = [];

beforeAll(async () => {
  doors = await openTestDoors();
  till = await doors.addAgent('till-1');
  other = await doors.addAgent('till-2');
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(() => doors.close());

function connect(credentials?: TestCredentials): wire.HubServiceClient {
  const channel = ChannelCredentials.createSsl(
    Buffer.from(doors.authority.certificatePem),
    credentials ? Buffer.from(credentials.privateKeyPem) : null,
    credentials ? Buffer.from(credentials.certificatePem) : null,
  );
  const client = new wire.HubServiceClient(`127.0.0.1:${doors.grpc.address.port}`, channel);
  clients.push(client);
  return client;
}

type Unary<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: { deadline: number },
  callback: (error: ServiceError | null, response: Response) => void,
) => { on(event: 'metadata', listener: (metadata: Metadata) => void): void };

function call<Request, Response>(
  client: wire.HubServiceClient,
  method: Unary<Request, Response>,
  request: Request,
  metadata = new Metadata(),
): Promise<{ response: Response; initial: Metadata | undefined }> {
  return new Promise((resolve, reject) => {
    let initial: Metadata | undefined;
    const deadline = doors.context.clock.nowMs() + 5_000;
    const sent = method.call(client, request, metadata, { deadline }, (error, response) =>
      error ? reject(error) : resolve({ response, initial }),
    );
    sent.on('metadata', (received) => {
      initial = received;
    });
  });
}

async function hello(client: wire.HubServiceClient, boot = 'boot-1'): Promise<Metadata> {
  const request = { boot, epoch: 'e1', lastSeq: 0n, hostFingerprint: 'h', version: '0.1.0' };
  const { response } = await call(client, client.hello as Unary<wire.HelloRequest, wire.HelloResponse>, request);
  const metadata = new Metadata();
  metadata.set('tolem-session', response.session.toString());
  return metadata;
}

async function failureOf(promise: Promise<unknown>): Promise<{ code: status; error: wire.CallError | undefined }> {
  const error = await promise.then(
    () => undefined,
    (reason: ServiceError) => reason,
  );
  if (error === undefined) throw new Error('the call succeeded');
  const [bytes] = error.metadata?.get('tolem-error-bin') ?? [];
  return { code: error.code, error: bytes instanceof Buffer ? wire.CallError.decode(bytes) : undefined };
}

const getPayment = (client: wire.HubServiceClient) =>
  client.getPayment as Unary<wire.GetPaymentRequest, wire.GetPaymentResponse>;
const createRequest = (paymentId = PAYMENT): wire.CreatePaymentRequest => ({
  paymentId,
  method: wire.PaymentMethod.QR,
  amount: { tiyn: 150_000n },
  deviceId: '',
  orderId: '',
  lateAcceptMs: 0n,
  keyHash: '',
  bodyHash: '',
  phone: '',
  comment: '',
});
const createPayment = (client: wire.HubServiceClient) =>
  client.createPayment as Unary<wire.CreatePaymentRequest, wire.CreatePaymentResponse>;

it('greets an agent by its certificate and tells the hub epoch with every answer', async () => {
  const client = connect(till);
  const session = await hello(client);
  const { initial } = await call(
    client,
    client.listDevices as Unary<wire.ListDevicesRequest, wire.ListDevicesResponse>,
    {},
    session,
  );
  expect(initial?.get('tolem-hub-epoch')).toEqual([doors.core.hubEpoch]);
});

it('creates a payment for the calling agent and gives it back', async () => {
  const client = connect(till);
  const session = await hello(client);
  const { response } = await call(client, createPayment(client), createRequest(), session);
  expect(response.payment).toMatchObject({ status: wire.PaymentStatus.AWAITING_SCAN, amount: { tiyn: 150_000n } });
  expect(doors.core.paymentsById.get(PAYMENT)?.agentId).toBe('till-1');
  const again = await call(client, getPayment(client), { paymentId: PAYMENT }, session);
  expect(again.response.payment?.bankPaymentId).toBe('9007199254740993');
});

it('lets nobody in without a certificate, or with one of another authority', async () => {
  for (const credentials of [undefined, await foreignCredentials('till-1', doors.context)]) {
    const failure = await failureOf(hello(connect(credentials)));
    expect(failure.code).toBe(status.UNAVAILABLE);
  }
});

it('does not show an agent the payment of another', async () => {
  const owner = connect(till);
  await call(owner, createPayment(owner), createRequest(), await hello(owner));
  const stranger = connect(other);
  const failure = await failureOf(call(stranger, getPayment(stranger), { paymentId: PAYMENT }, await hello(stranger)));
  expect(failure).toMatchObject({ code: status.NOT_FOUND, error: { code: 'payment_not_found', money: 'none' } });
});

it('refuses a call without a session and one with an older session', async () => {
  const client = connect(other);
  const first = await hello(client, 'boot-a');
  const without = await failureOf(call(client, getPayment(client), { paymentId: PAYMENT }));
  expect(without).toMatchObject({ code: status.FAILED_PRECONDITION, error: { code: 'session_missing' } });
  await hello(client, 'boot-b');
  const old = await failureOf(call(client, getPayment(client), { paymentId: PAYMENT }, first));
  expect(old).toMatchObject({ code: status.FAILED_PRECONDITION, error: { code: 'superseded' } });
});

it('refuses requests that make no sense before they reach the core', async () => {
  const client = connect(till);
  const session = await hello(client);
  const bad = [
    { ...createRequest(), paymentId: '1' },
    { ...createRequest(), amount: undefined },
    { ...createRequest(), method: wire.PaymentMethod.TERMINAL },
    { ...createRequest(), orderId: 'x'.repeat(501) },
  ];
  for (const request of bad) {
    const failure = await failureOf(call(client, createPayment(client), request, session));
    expect(failure).toMatchObject({ code: status.INVALID_ARGUMENT, error: { money: 'none' } });
  }
});

it('refuses a message above the size limit', async () => {
  const client = connect(till);
  const request = { ...createRequest(), comment: 'x'.repeat(300_000) };
  const failure = await failureOf(call(client, createPayment(client), request, await hello(client)));
  expect(failure.code).toBe(status.RESOURCE_EXHAUSTED);
});

it('says that money may have moved when a call that moves money fails unexpectedly, and none when a read does', async () => {
  const client = connect(till);
  const session = await hello(client);
  doors.core.failNext(new Error('disk on fire'));
  const create = await failureOf(call(client, createPayment(client), createRequest(), session));
  expect(create).toMatchObject({ code: status.INTERNAL, error: { money: 'maybe', retry: 'same_key' } });
  doors.core.failNext(new Error('disk on fire'));
  const read = await failureOf(call(client, getPayment(client), { paymentId: PAYMENT }, session));
  expect(read.error).toMatchObject({ code: 'internal', money: 'none' });
});

it('passes on what the core says of money, repetition and waiting', async () => {
  const client = connect(till);
  const session = await hello(client);
  const hint = { kk: '', ru: '', en: '' };
  doors.core.failNext(
    new ProblemError({
      status: 503,
      code: 'bank_unavailable',
      detail: 'no',
      money: 'none',
      retry: 'after',
      retryAfterS: 5,
      hint,
    }),
  );
  const failure = await failureOf(call(client, createPayment(client), createRequest(), session));
  expect(failure).toMatchObject({
    code: status.UNAVAILABLE,
    error: { code: 'bank_unavailable', retry: 'after', retryAfterMs: 5_000n },
  });
});

it('streams the newest version of watched payments, and says which it does not know', async () => {
  const client = connect(till);
  const session = await hello(client);
  const paymentId = '018f0000-0000-7000-8000-00000000000a';
  await call(client, createPayment(client), createRequest(paymentId), session);
  const stream = client.watchPayments(session);
  const changes = stream[Symbol.asyncIterator]() as AsyncIterator<wire.WatchPaymentsResponse>;
  const unknown = '018f0000-0000-7000-8000-00000000000b';
  stream.write({
    add: [
      { paymentId, version: 0n },
      { paymentId: unknown, version: 0n },
    ],
    remove: [],
  });
  expect((await changes.next()).value.change).toMatchObject({ $case: 'payment', value: { version: 1n } });
  expect((await changes.next()).value.change).toEqual({ $case: 'notFoundPaymentId', value: unknown });
  doors.core.change(paymentId, { status: 'paid', final: true, amountPaid: Money.parse('1500.00'), paidAtMs: 1 });
  expect((await changes.next()).value.change).toMatchObject({
    value: { status: wire.PaymentStatus.PAID, version: 2n, amountPaid: { tiyn: 150_000n } },
  });
  stream.cancel();
  await changes.return?.().catch(() => undefined);
});

it('ends the stream of a revoked agent and refuses its calls', async () => {
  const credentials = await doors.addAgent('till-9');
  const client = connect(credentials);
  const session = await hello(client);
  const stream = client.watchPayments(session);
  const ended = new Promise<ServiceError>((resolve) => stream.on('error', resolve));
  stream.on('data', () => {});
  stream.write({ add: [], remove: [] });
  await expect.poll(() => doors.grpc.streamCount()).toBeGreaterThan(0);
  await doors.core.agents.revoke({ kind: 'system' }, 'till-9', 'stolen');
  doors.gatekeeper.forget('till-9');
  await doors.grpc.recheck('till-9');
  expect((await ended).code).toBe(status.UNAUTHENTICATED);
  const failure = await failureOf(call(client, getPayment(client), { paymentId: PAYMENT }, session));
  expect(failure).toMatchObject({ code: status.UNAUTHENTICATED, error: { code: 'revoked' } });
});

it('refuses the certificate that a newer one has replaced', async () => {
  const first = await doors.addAgent('till-8');
  const second = await doors.authority.issueForAgent('till-8');
  await doors.core.agents.recordCertificate('till-8', second);
  const failure = await failureOf(hello(connect(first)));
  expect(failure.code).toBe(status.UNAUTHENTICATED);
  await hello(connect(second));
});

it('gives an agent without its journal its own payments back, with the hashes of their keys', async () => {
  const client = connect(till);
  const session = await hello(client);
  const paymentId = '018f0000-0000-7000-8000-00000000000c';
  await call(client, createPayment(client), createRequest(paymentId), session);
  doors.core.change(paymentId, { keyHash: 'k', bodyHash: 'b' });
  const resumed: wire.ResumeResponse[] = [];
  for await (const response of client.resume({}, session)) resumed.push(response);
  expect(resumed.find((one) => one.payment?.paymentId === paymentId)).toMatchObject({ keyHash: 'k', bodyHash: 'b' });
});

/** A terminal payment of till-1 of which headquarters asks 500 ₸ back. */
function asked(): Command {
  const paymentId = '018f0000-0000-7000-8000-00000000000d';
  const payment = fakePayment({ kind: 'agent', agentId: 'till-1' }, { paymentId, method: 'qr', amount: tenge(900) }, 1);
  const refundId = '018f0000-0000-7000-8000-00000000001d';
  const made = fakeRefund(refundId, payment, tenge(500), 'wrong size', 1);
  doors.core.paymentsById.set(paymentId, { ...payment, source: 'edge', method: 'terminal', paidAtMs: 1 });
  doors.core.refundsById.set(refundId, { ...made, source: 'edge', status: 'requested' });
  const command = sampleCommand({ commandId: '018f0000-0000-7000-8000-00000000002d', refundId, paymentId });
  doors.core.commandsById.set(command.commandId, command);
  return command;
}

it('gives a command to the session that claims it, and to no other agent', async () => {
  const { commandId, refundId, paymentId } = asked();
  const client = connect(till);
  const session = await hello(client);
  const list = client.listCommands as Unary<wire.ListCommandsRequest, wire.ListCommandsResponse>;
  const claim = client.claimCommand as Unary<wire.ClaimCommandRequest, wire.ClaimCommandResponse>;
  const { response } = await call(client, list, {}, session);
  expect(response.commands).toMatchObject([{ commandId, refundId, paymentId, kind: 'refund_terminal', actor: 'anna' }]);
  const stranger = connect(other);
  const theirs = await hello(stranger);
  const foreign = stranger.claimCommand as typeof claim;
  expect((await failureOf(call(stranger, foreign, { commandId }, theirs))).error).toMatchObject({
    code: 'command_not_found',
  });
  expect((await call(client, claim, { commandId }, session)).response.command).toMatchObject({ commandId });
  expect((await call(client, list, {}, session)).response.commands).toEqual([]);
  const wrong = await failureOf(call(client, claim, { commandId: 'c1' }, session));
  expect(wrong.error).toMatchObject({ code: 'request_invalid', money: 'none' });
});

it('gives back the keys of refunds, and a refund asked for only once its agent has claimed it', async () => {
  const command = asked();
  const client = connect(till);
  const session = await hello(client);
  const own = '018f0000-0000-7000-8000-00000000003d';
  const made = fakeRefund(own, doors.core.paymentsById.get(command.paymentId) as Payment, tenge(100), 'r', 2);
  doors.core.refundsById.set(own, { ...made, source: 'edge', keyHash: 'rk', bodyHash: 'rb' });
  const resume = async () => {
    const resumed: wire.ResumeResponse[] = [];
    for await (const response of client.resume({}, session)) resumed.push(response);
    return resumed;
  };
  const refundsOf = (resumed: wire.ResumeResponse[]) =>
    resumed.find((one) => one.payment?.paymentId === command.paymentId)?.payment?.refunds.map((one) => one.refundId);
  const before = await resume();
  expect(refundsOf(before)).toEqual([own]);
  expect(before.filter((one) => one.refund)).toMatchObject([
    { refund: { refundId: own }, keyHash: 'rk', bodyHash: 'rb' },
  ]);
  doors.core.commandsById.set(command.commandId, { ...command, state: 'claimed', session: 1 });
  expect(refundsOf(await resume())).toEqual([command.refundId, own]);
});

it('tells in its greeting what the scheme offers', async () => {
  const client = connect(till);
  const request = { boot: 'boot-1', epoch: 'e1', lastSeq: 0n, hostFingerprint: 'h', version: '0.1.0' };
  const { response } = await call(client, client.hello as Unary<wire.HelloRequest, wire.HelloResponse>, request);
  expect(response).toMatchObject({
    scheme: 3,
    methods: [wire.PaymentMethod.QR, wire.PaymentMethod.LINK, wire.PaymentMethod.INVOICE],
    refundWay: wire.RefundWay.WITHOUT_CUSTOMER,
  });
});

it('leads an agent through a refund session: the code, the customer, their purchases', async () => {
  const client = connect(till);
  const session = await hello(client);
  const refundSessionId = '018f0000-0000-7000-8000-0000000000f1';
  type Open = Unary<wire.OpenRefundSessionRequest, wire.OpenRefundSessionResponse>;
  type Get = Unary<wire.GetRefundSessionRequest, wire.GetRefundSessionResponse>;
  type List = Unary<wire.ListCustomerPurchasesRequest, wire.ListCustomerPurchasesResponse>;
  const list = (limit: number) =>
    call(client, client.listCustomerPurchases as List, { refundSessionId, limit }, session);
  const get = (request: Partial<wire.GetRefundSessionRequest>) => {
    const whole = { refundSessionId, afterVersion: 0n, waitMs: 0n, ...request };
    return call(client, client.getRefundSession as Get, whole, session);
  };
  const opened = await call(client, client.openRefundSession as Open, { refundSessionId, deviceId: '' }, session);
  expect(opened.response.session).toMatchObject({
    refundSessionId,
    status: wire.RefundSessionStatus.AWAITING_CUSTOMER,
    qrToken: 'https://qr.kaspi.kz/refund/1',
    expiresInMs: 180_000n,
  });
  expect(await failureOf(list(0))).toMatchObject({ error: { code: 'customer_not_known', money: 'none' } });
  const known = await get({ afterVersion: 1n, waitMs: 25_000n });
  expect(known.response.session).toMatchObject({
    status: wire.RefundSessionStatus.CUSTOMER_KNOWN,
    qrToken: '',
    version: 2n,
  });
  expect((await list(0)).response.purchases).toMatchObject([
    { bankPaymentId: '9007199254740993', amount: { tiyn: 150_000n }, refundable: true, reason: '' },
    { bankPaymentId: '9007199254740994', refundable: false, reason: 'not_of_this_till', available: undefined },
  ]);
  expect((await list(1)).response.purchases).toHaveLength(1);
  for (const failing of [list(11), list(-1), get({ waitMs: 25_001n }), get({ refundSessionId: 'x' })]) {
    expect((await failureOf(failing)).code).toBe(status.INVALID_ARGUMENT);
  }
});

it('refuses bytes that are no message of the method with a coded error, also for a call that moves money', async () => {
  const client = connect(till);
  const metadata = await hello(client);
  for (const method of [wire.HubServiceService.createPayment, wire.HubServiceService.listDevices]) {
    const sent = new Promise<ServiceError>((resolve) => {
      const nonsense = () => Buffer.from([0x0a, 0xff]);
      const answer = (error: ServiceError | null) => resolve(error as ServiceError);
      client.makeUnaryRequest(method.path, nonsense, () => undefined, {}, metadata, answer);
    });
    const error = await sent;
    expect(error.code).toBe(status.INVALID_ARGUMENT);
    const [bytes] = error.metadata.get('tolem-error-bin');
    expect(wire.CallError.decode(bytes as Buffer)).toMatchObject({
      code: 'request_unreadable',
      money: 'none',
      retry: 'never',
    });
  }
});
