import type { Context } from '@tolem/base';
import { KaspiError } from '../kaspi-error.ts';
import { type PosCall, withEffectOf } from './codes.ts';
import { type AuthorisedCall, createConnectionCheck } from './connection-check.ts';
import { dataOf, unreadable } from './envelope.ts';
import { createPairing, pairingNeeded } from './pairing.ts';
import { ANSWER_LIMIT_MS, type PosAnswer, type PosHttp, type PosQuery, READ_LIMIT_MS } from './pos-http.ts';
import { paymentQuery, processQuery, refundQuery } from './requests.ts';
import { createStartGuard } from './start-guard.ts';
import { readTerminalStatus } from './status.ts';
import type {
  StartedProcess,
  TerminalApi,
  TerminalStatus,
  TerminalTokenStore,
  TerminalTokens,
} from './terminal-api.ts';
import { createTokenKeeper } from './tokens.ts';

export interface TerminalV2Options {
  http: PosHttp;
  tokens: TerminalTokenStore;
  context: Context;
  /** Checked at every new connection before a status is believed and before money is asked for; without it nothing is checked. */
  serialNumber?: string;
  /** Sent as header `terminalId`; learnt from `deviceinfo` where it is not given. */
  terminalId?: string;
}

/** At least 10 s between two `actualize` of one operation, otherwise the terminal answers 103 [pos-v2 Operations]. */
export const ACTUALIZE_INTERVAL_MS = 10_000;
/** Operations whose last `actualize` is remembered; a terminal does one at a time. */
const MAX_ACTUALIZED = 50;

/** A terminal that speaks API v2 [pos-v2]. With «Защита интеграции» off it is used without tokens. */
export function createTerminalV2(options: TerminalV2Options): TerminalApi {
  const { http, context } = options;
  const keeper = createTokenKeeper({ http, store: options.tokens, context });
  let terminalId = options.terminalId;
  const send = async (kind: PosCall, path: string, query: PosQuery, sending: Sending): Promise<PosAnswer> => {
    const headers = {
      ...(sending.tokens ? { accesstoken: sending.tokens.accessToken } : {}),
      ...(terminalId === undefined ? {} : { terminalId }),
    };
    const timeoutMs = kind === 'start' ? ANSWER_LIMIT_MS : READ_LIMIT_MS;
    try {
      return await http.get(path, query, { headers, fresh: sending.fresh, timeoutMs });
    } catch (error) {
      throw withEffectOf(kind, error);
    }
  };
  const call: AuthorisedCall = async (kind, path, query, { fresh } = { fresh: false }) => {
    const tokens = await keeper.current();
    const first = await send(kind, path, query, { tokens, fresh });
    if (first.status !== 401 && first.status !== 403) return first;
    // 401 and 403 prove that nothing was started; the old pair gets a 401 while another call has just refreshed it.
    const next = first.status === 403 && tokens ? await keeper.renewed(tokens) : await keeper.newerThan(tokens);
    if (!next) throw pairingNeeded(first, tokens);
    const second = await send(kind, path, query, { tokens: next, fresh });
    if (second.status === 401 || second.status === 403) throw pairingNeeded(second, next);
    return second;
  };
  const check = createConnectionCheck({
    call,
    ...(options.serialNumber === undefined ? {} : { serialNumber: options.serialNumber }),
    learn: (info) => {
      terminalId ??= info.terminalId;
    },
  });
  const guard = createStartGuard();
  const start = (path: string, query: () => PosQuery): Promise<StartedProcess> =>
    guard(async () => {
      const asked = query();
      await check.beforeStart();
      const answer = await call('start', path, asked, { fresh: true });
      const terminalProcessId = dataOf('start', answer).text('processId')?.trim();
      if (terminalProcessId === undefined) throw unreadable('start', answer);
      return { terminalProcessId };
    });
  const actualizePace = createActualizePace(context);
  return {
    version: 'v2',
    startPayment: (request) => start('/v2/payment', () => paymentQuery(request)),
    startRefund: (request) => start('/v2/refund', () => refundQuery('v2', request)),
    readStatus: async (terminalProcessId) => {
      const query = processQuery(terminalProcessId);
      const answer = await check.believed(() => call('read', '/v2/status', query));
      return statusOf('read', answer, terminalProcessId);
    },
    actualize: async (terminalProcessId) => {
      const query = processQuery(terminalProcessId);
      actualizePace(terminalProcessId);
      const answer = await check.believed(() => call('actualize', '/v2/actualize', query));
      return statusOf('actualize', answer, terminalProcessId);
    },
    readDeviceInfo: () => check.readDeviceInfo(),
    pair: createPairing({ http, store: options.tokens, keeper, context }),
    close: () => http.close(),
  };
}

interface Sending {
  tokens: TerminalTokens | undefined;
  fresh: boolean;
}

function statusOf(kind: 'read' | 'actualize', answer: PosAnswer, terminalProcessId: string): TerminalStatus {
  const data = dataOf(kind, answer);
  const answeredId = data.text('processId')?.trim();
  const status = readTerminalStatus(data);
  if (!status || (answeredId !== undefined && answeredId !== terminalProcessId)) throw unreadable(kind, answer);
  return status;
}

function createActualizePace(context: Context): (terminalProcessId: string) => void {
  const lastMonoMs = new Map<string, number>();
  return (terminalProcessId) => {
    const monoMs = context.clock.monoMs();
    const before = lastMonoMs.get(terminalProcessId);
    if (before !== undefined && monoMs - before < ACTUALIZE_INTERVAL_MS) {
      throw new KaspiError('cannot_actualize', 'the operation was actualized less than 10 s ago', { effect: 'none' });
    }
    lastMonoMs.delete(terminalProcessId);
    lastMonoMs.set(terminalProcessId, monoMs);
    const [oldest] = lastMonoMs.keys();
    if (lastMonoMs.size > MAX_ACTUALIZED && oldest !== undefined) lastMonoMs.delete(oldest);
  };
}
