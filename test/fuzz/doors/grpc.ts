import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from 'node:http2';
import { Money } from '@tolem/base';
import { foreignCredentials, openTestDoors, type TestCredentials, type TestDoors } from '@tolem/hub/fuzz';
import { wire } from '@tolem/proto';
import type { Dice } from '../dice.ts';
import { deepGroups, hostileFields, wound } from '../hostile-protobuf.ts';
import { hostileText } from '../hostile-values.ts';
import type { Door, OpenDoor, Verdict } from '../storm.ts';

const OWN = '018f0000-0000-7000-8000-000000000001';
const FOREIGN = '018f0000-0000-7000-8000-000000000002';
const IDS: readonly string[] = [OWN, FOREIGN, 'till-1', 'till-2', 'qr', '180340021791'];
const LANES = 12;
/** [gRPC over HTTP/2] Status words that a caller may be told; INTERNAL and UNKNOWN are ours to avoid. */
const STATUS = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalid: 3,
  exhausted: 8,
  unimplemented: 12,
  internal: 13,
  unauthenticated: 16,
} as const;
/** Above the door's limit of 256 KB. */
const OVERSIZED_BYTES = 300_000;

type Kind = 'fields' | 'wound' | 'bytes' | 'metadata' | 'frame' | 'oversized' | 'path' | 'stream' | 'stranger';
export interface GrpcMessage {
  kind: Kind;
  path: string;
  frames: Buffer;
  headers: Record<string, string>;
  who: 'till-1' | 'revoked' | 'stranger';
  isStream: boolean;
}

/** Every method of the service, also those that come later. */
const METHODS = Object.values(wire.HubServiceService).map((method) => ({
  path: method.path,
  isStream: method.requestStream || method.responseStream,
  empty: emptyOf(method),
}));

/** Calls of agents: a real HTTP/2 client with real certificates before a core in memory. */
export const grpcDoor: Door = {
  name: 'grpc',
  title: 'gRPC of the hub',
  async open() {
    const doors = await openTestDoors();
    const till = await doors.addAgent('till-1');
    await doors.addAgent('till-2');
    const gone = await doors.addAgent('till-3');
    await doors.core.agents.revoke({ kind: 'person', name: 'fuzz' }, 'till-3', 'stolen');
    await addPayment(doors, 'till-1', OWN);
    await addPayment(doors, 'till-2', FOREIGN);
    await doors.core.agents.hello('till-1', {
      boot: 'boot-1',
      epoch: 'e',
      lastSeq: 0,
      hostFingerprint: 'h',
      version: '1',
    });
    const session = String((await doors.core.agents.get('till-1')).session);
    const lines = createGrpcLines(doors, {
      'till-1': till,
      revoked: gone,
      stranger: await foreignCredentials('till-1', doors.context),
    });
    return openGrpcStorm(doors, lines, session);
  },
};

function openGrpcStorm(doors: TestDoors, lines: GrpcLines, session: string): OpenDoor<GrpcMessage> {
  const { core } = doors;
  const met = new Map<string, number>(METHODS.map(({ path }) => [path, 0]));
  let sent = 0;
  return {
    lanes: LANES,
    make: (dice) => makeGrpcMessage(dice, session),
    async send(message, lane) {
      sent++;
      const answer = await exchangeGrpc(lines.get(message.who, lane), message);
      if (message.who === 'till-1' && answer.status !== undefined)
        met.set(message.path, (met.get(message.path) ?? 0) + 1);
      // A new session makes the old one old: whoever says hello by chance takes the door from the others.
      const agent = core.agentsById.get('till-1');
      if (agent) agent.session = Number(session);
      return judgeGrpc(message, answer);
    },
    show: ({ kind, who, path, headers, frames }) =>
      `${kind} by ${who}: ${path} ${JSON.stringify(headers)} ${frames.subarray(0, 600).toString('hex')}`,
    async aftermath() {
      const faults: string[] = [];
      const { paymentsById, refundsById, agentsById } = core;
      const odd = [...paymentsById.values()].find(
        ({ agentId, paymentId }) => (agentId === 'till-1') === (paymentId === FOREIGN),
      );
      if (odd) faults.push(`a payment of another agent: ${odd.paymentId}`);
      if (paymentsById.get(FOREIGN)?.version !== 1) faults.push('another agent’s payment was changed');
      if ([...refundsById.values()].some(({ paymentId }) => paymentId === FOREIGN))
        faults.push('another agent’s payment was refunded');
      const bad = [...paymentsById.values()].find(({ amount }) => !amount.isPositive);
      if (bad) faults.push(`a payment of ${bad.amount}`);
      if (agentsById.size !== 3) faults.push('agents came out of nothing');
      const good = await exchangeGrpc(lines.get('till-1', 0), goodCall(session));
      if (good.status !== STATUS.ok) faults.push(`a good call is refused: ${good.status} ${good.details}`);
      if (sent > 20_000)
        for (const [path, count] of met) if (count < 10) faults.push(`no message came as far as ${path}`);
      lines.close();
      const end = performance.now() + 5_000;
      while (doors.grpc.streamCount() > 0 && performance.now() < end)
        await new Promise((resolve) => setTimeout(resolve, 50));
      if (doors.grpc.streamCount() > 0) faults.push(`${doors.grpc.streamCount()} streams are left open`);
      return faults;
    },
    async close() {
      lines.close();
      await doors.close();
    },
  };
}

export function makeGrpcMessage(dice: Dice, session: string, ids: readonly string[] = IDS): GrpcMessage {
  const kind = dice.pick<Kind>([
    'fields',
    'fields',
    'fields',
    'fields',
    'wound',
    'wound',
    'wound',
    'bytes',
    'metadata',
    'frame',
    'path',
    'stream',
  ]);
  const rare = dice.oneIn(150) ? dice.pick<Kind>(['oversized', 'stranger']) : kind;
  const method = rare === 'stream' ? dice.pick(METHODS.filter(({ isStream }) => isStream)) : dice.pick(METHODS);
  const body = bodyOf(dice, rare, method.empty, ids);
  return {
    kind: rare,
    path:
      rare === 'path'
        ? dice.pick([
            `${method.path}x`,
            '/',
            '/tolem.v1.HubService/',
            '/grpc.health.v1.Health/Check',
            '/%00',
            '/../x',
            `/${'x'.repeat(3_000)}`,
          ])
        : method.path,
    frames: framesOf(dice, rare, body),
    headers: headersOf(dice, rare, session),
    who: rare === 'stranger' ? dice.pick(['revoked', 'stranger']) : 'till-1',
    isStream: method.isStream,
  };
}

function bodyOf(dice: Dice, kind: Kind, empty: Buffer, ids: readonly string[]): Buffer {
  if (kind === 'bytes')
    return dice.oneIn(40) ? deepGroups(dice.pick([100, 10_000, 200_000])) : dice.bytes(dice.below(60));
  if (kind === 'oversized') return Buffer.alloc(OVERSIZED_BYTES, 0x0a);
  if (kind === 'wound') return wound(dice, goodPayment(dice), ids);
  return dice.oneIn(6) ? empty : hostileFields(dice, ids);
}

function goodPayment(dice: Dice): Buffer {
  const paymentId = dice.oneIn(3) ? OWN : `018f0000-0000-7000-8000-${dice.bytes(6).toString('hex')}`;
  const request = {
    paymentId,
    method: wire.PaymentMethod.QR,
    amount: { tiyn: BigInt(dice.below(9)) * 100n },
    orderId: hostileText(dice),
  };
  return Buffer.from(wire.CreatePaymentRequest.encode(wire.CreatePaymentRequest.fromPartial(request)).finish());
}

/** The five bytes before a message tell whether it is compressed and how long it is. */
function framesOf(dice: Dice, kind: Kind, body: Buffer): Buffer {
  const good = frame(body);
  if (kind === 'stream')
    return Buffer.concat(Array.from({ length: 1 + dice.below(5) }, () => frame(hostileFields(dice, IDS))));
  if (kind !== 'frame') return good;
  switch (dice.below(6)) {
    case 0:
      return Buffer.concat([Buffer.from([1]), good.subarray(1)]);
    case 1:
      return Buffer.concat([Buffer.from([0, 0xff, 0xff, 0xff, 0xff]), body]);
    case 2:
      return good.subarray(0, dice.below(good.length));
    case 3:
      return Buffer.concat([good, good]);
    case 4:
      return Buffer.concat([Buffer.from([dice.below(256)]), good.subarray(1)]);
    default:
      return Buffer.alloc(0);
  }
}

function frame(body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

function headersOf(dice: Dice, kind: Kind, session: string): Record<string, string> {
  if (kind !== 'metadata') return { 'tolem-session': session };
  return dice.pick<Record<string, string>>([
    {},
    { 'tolem-session': '' },
    { 'tolem-session': '0' },
    { 'tolem-session': String(Number(session) - 1) },
    { 'tolem-session': String(Number(session) + 1) },
    { 'tolem-session': '-1' },
    { 'tolem-session': '1e3' },
    { 'tolem-session': '9'.repeat(400) },
    { 'tolem-session': session, 'grpc-timeout': dice.pick(['1n', '0S', '99999999H', 'x', '-1S']) },
    { 'tolem-session': session, 'grpc-encoding': dice.pick(['gzip', 'deflate', 'br', 'x']) },
    { 'tolem-session': session, 'x-bin': '%%%' },
    { 'tolem-session': session, 'content-type': dice.pick(['application/json', 'application/grpc-web', 'text/plain']) },
    { 'tolem-session': session, 'x-long': 'x'.repeat(dice.pick([4_000, 7_000])) },
  ]);
}

function goodCall(session: string): GrpcMessage {
  const body = Buffer.from(wire.GetPaymentRequest.encode({ paymentId: OWN }).finish());
  const path = METHODS.find((method) => method.path.endsWith('/GetPayment'))?.path ?? '';
  return {
    kind: 'fields',
    path,
    frames: frame(body),
    headers: { 'tolem-session': session },
    who: 'till-1',
    isStream: false,
  };
}

interface GrpcAnswer {
  status?: number;
  details?: string;
  error?: wire.CallError | undefined;
}

/** How long a stream is listened to before its client leaves in the middle. */
const STREAM_MS = 15;

export function exchangeGrpc(session: ClientHttp2Session, message: GrpcMessage): Promise<GrpcAnswer> {
  return new Promise((resolve) => {
    let answer: GrpcAnswer = {};
    const take = (headers: IncomingHttpHeaders) => {
      if (headers['grpc-status'] === undefined) return;
      const bytes = headers['tolem-error-bin'];
      const error = typeof bytes === 'string' ? wire.CallError.decode(Buffer.from(bytes, 'base64')) : undefined;
      answer = { status: Number(headers['grpc-status']), details: String(headers['grpc-message'] ?? ''), error };
    };
    const headers = {
      ':method': 'POST',
      ':path': message.path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...message.headers,
    };
    const call = session.request(headers);
    const timer = message.isStream ? setTimeout(() => call.close(constants.NGHTTP2_CANCEL), STREAM_MS) : undefined;
    call.on('response', take);
    call.on('trailers', take);
    call.on('error', () => {});
    call.on('data', () => {});
    call.on('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
    call.end(message.frames);
  });
}

export function judgeGrpc(
  { kind, who, path, isStream }: GrpcMessage,
  { status, details = '', error }: GrpcAnswer,
): Verdict {
  const outcome = status === undefined ? 'hung up' : `${status} ${error?.code ?? ''}`;
  const fault = (what: string): Verdict => ({ outcome, fault: `${path}: ${what}: ${outcome} ${details}` });
  // Below gRPC the connection itself answers; a stream may be left before it has said a word.
  const isBelow = kind === 'frame' || kind === 'path' || kind === 'metadata' || kind === 'oversized';
  if (who === 'stranger') return status === undefined ? { outcome } : fault('a stranger was let in');
  if (status === undefined) return isStream || isBelow ? { outcome } : fault('no answer');
  if (who === 'revoked') return status === STATUS.unauthenticated ? { outcome } : fault('a revoked agent was let in');
  if (!isBelow && (status === STATUS.internal || status === STATUS.unknown)) return fault('the door broke');
  if (/\.ts:|node_modules|TypeError/.test(details)) return fault('it shows its insides');
  // A second request where one is wanted is refused by the library itself.
  if (status === STATUS.ok || isBelow || status === STATUS.unimplemented) return { outcome };
  const isTold =
    error !== undefined && error.code !== '' && error.detail !== '' && error.money !== '' && error.retry !== '';
  return isTold ? { outcome } : fault('no CallError');
}

export interface GrpcLines {
  get(who: GrpcMessage['who'], lane: number): ClientHttp2Session;
  close(): void;
}

/** HTTP/2 connections by caller and lane, opened again where the door has cut them. */
export function createGrpcLines(
  doors: Pick<TestDoors, 'grpc' | 'authority'>,
  credentials: Record<GrpcMessage['who'], TestCredentials>,
): GrpcLines {
  const open = new Map<string, ClientHttp2Session>();
  return {
    get(who, lane) {
      const name = `${who} ${lane}`;
      const known = open.get(name);
      if (known && !known.closed && !known.destroyed) return known;
      const { certificatePem: cert, privateKeyPem: key } = credentials[who];
      const session = connect(`https://127.0.0.1:${doors.grpc.address.port}`, {
        ca: doors.authority.certificatePem,
        cert,
        key,
      });
      session.on('error', () => {});
      open.set(name, session);
      return session;
    },
    close() {
      for (const session of open.values()) session.destroy();
      open.clear();
    },
  };
}

async function addPayment({ core }: TestDoors, agentId: string, paymentId: string): Promise<void> {
  await core.payments.create({ kind: 'agent', agentId }, { paymentId, method: 'qr', amount: Money.parse('1500.00') });
}

/** An empty request as the service itself writes it. */
function emptyOf(method: {
  requestDeserialize(bytes: Buffer): unknown;
  requestSerialize(value: never): Buffer;
}): Buffer {
  return method.requestSerialize(method.requestDeserialize(Buffer.alloc(0)) as never);
}
