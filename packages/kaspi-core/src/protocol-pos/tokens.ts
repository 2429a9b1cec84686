import type { Context } from '@tolem/base';
import { KaspiError } from '../kaspi-error.ts';
import { PAIRING_CURE } from './codes.ts';
import { readEnvelope } from './envelope.ts';
import { ANSWER_LIMIT_MS, type PosAnswer, type PosHttp } from './pos-http.ts';
import type { TerminalTokenStore, TerminalTokens } from './terminal-api.ts';

const HOUR_MS = 3_600_000;
/** Tokens live 24 h by the terminal's clock, which we don't trust; four hours early is ours from receipt [pos-v2 Pairing]. */
export const REFRESH_AFTER_MS = 20 * HOUR_MS;
/** A failed early refresh is not tried at every status poll: each try can lose the pair. */
export const EARLY_REFRESH_RETRY_MS = 10 * 60_000;

/** Holds the pair of tokens; everything here happens one after the other, so that a pair is refreshed once. */
export interface TokenKeeper {
  /** The pair to use now, refreshed early where it is old; `undefined` where the terminal was never paired. */
  current(): Promise<TerminalTokens | undefined>;
  /** After 403: the pair that replaces `used`. Rejects with `effect: none`: the refused call started nothing. */
  renewed(used: TerminalTokens): Promise<TerminalTokens>;
  /** After 401: a pair that came since `used` was taken, if any. */
  newerThan(used: TerminalTokens | undefined): Promise<TerminalTokens | undefined>;
  /** Stores a new pair durably, then uses it. */
  adopt(tokens: TerminalTokens): Promise<void>;
}

export function createTokenKeeper(options: {
  http: PosHttp;
  store: TerminalTokenStore;
  context: Context;
}): TokenKeeper {
  const { http, store, context } = options;
  let held: TerminalTokens | undefined;
  let isLoaded = false;
  let unsaved: TerminalTokens | undefined;
  let refreshWasLost = false;
  let nextEarlyMonoMs = 0;
  let last: Promise<unknown> = Promise.resolve();

  const inTurn = <Result>(step: () => Promise<Result>): Promise<Result> => {
    const run = last.then(step, step);
    last = run.catch(() => undefined);
    return run;
  };
  const save = async (tokens: TerminalTokens): Promise<void> => {
    // The old pair is dead already: should the disk refuse, the new one waits in memory, unused, for the next try.
    unsaved = tokens;
    try {
      await store.save(tokens);
    } catch (cause) {
      throw new KaspiError('tokens_not_stored', "the terminal's new tokens could not be stored, so they are not used", {
        effect: 'none',
        cause,
      });
    }
    held = tokens;
    unsaved = undefined;
    refreshWasLost = false;
  };
  const ready = async (): Promise<TerminalTokens | undefined> => {
    if (!isLoaded) held = await store.load();
    isLoaded = true;
    if (unsaved) await save(unsaved);
    return held;
  };
  const refresh = async (old: TerminalTokens): Promise<TerminalTokens> => {
    const fresh = await requestRefresh(http, old, context.clock.nowMs()).catch((error: unknown) => {
      if (!(error instanceof KaspiError)) throw error;
      const wasLostBefore = refreshWasLost;
      refreshWasLost ||= error.effect === 'possible';
      throw refreshError(error, wasLostBefore);
    });
    await save(fresh);
    return fresh;
  };
  const refreshEarly = async (old: TerminalTokens): Promise<TerminalTokens> => {
    const monoMs = context.clock.monoMs();
    if (context.clock.nowMs() - old.receivedAtMs < REFRESH_AFTER_MS || monoMs < nextEarlyMonoMs) return old;
    nextEarlyMonoMs = monoMs + EARLY_REFRESH_RETRY_MS;
    try {
      return await refresh(old);
    } catch (error) {
      if (unsaved || !(error instanceof KaspiError)) throw error;
      context.log.warn(
        { error },
        'the access token of the terminal could not be refreshed early; the old one is still used',
      );
      return old;
    }
  };
  return {
    current: () =>
      inTurn(async () => {
        const tokens = await ready();
        return tokens && refreshEarly(tokens);
      }),
    renewed: (used) =>
      inTurn(async () => {
        const tokens = await ready();
        return tokens && tokens.accessToken !== used.accessToken ? tokens : refresh(tokens ?? used);
      }),
    newerThan: (used) =>
      inTurn(async () => {
        const tokens = await ready();
        return tokens?.accessToken === used?.accessToken ? undefined : tokens;
      }),
    adopt: (tokens) => inTurn(() => save(tokens)),
  };
}

/** Reads the pair out of an answer to `register` or `revoke`; `undefined` where there is none. */
export function readTokens(answer: PosAnswer, name: string, receivedAtMs: number): TerminalTokens | undefined {
  const envelope = readEnvelope(answer.body);
  if (answer.status !== 200 || envelope?.statusCode !== 0) return undefined;
  const accessToken = envelope.data?.text('accessToken');
  const refreshToken = envelope.data?.text('refreshToken');
  if (accessToken === undefined || refreshToken === undefined) return undefined;
  return { name, accessToken, refreshToken, receivedAtMs };
}

/**
 * `revoke`, which refreshes: the old pair dies as the new one is made. The documents don't say whether it wants the access
 * token too; a 401 or 403 changes nothing at the terminal, so it is asked without it first, then once with it.
 */
async function requestRefresh(http: PosHttp, old: TerminalTokens, nowMs: number): Promise<TerminalTokens> {
  const query = { name: old.name, refreshToken: old.refreshToken };
  const options = { fresh: true, timeoutMs: ANSWER_LIMIT_MS };
  let answer = await http.get('/v2/revoke', query, options);
  if (answer.status === 401 || answer.status === 403) {
    answer = await http.get('/v2/revoke', query, { ...options, headers: { accesstoken: old.accessToken } });
  }
  const fresh = readTokens(answer, old.name, nowMs);
  if (fresh) return fresh;
  const envelope = readEnvelope(answer.body);
  const isRefusal = answer.status === 401 || answer.status === 403 || (envelope?.statusCode ?? 0) !== 0;
  throw new KaspiError(isRefusal ? 'pairing_needed' : 'answer_unreadable', 'the terminal gave no new tokens', {
    effect: isRefusal ? 'none' : 'possible',
    httpStatus: answer.status,
    ...(envelope ? { peerCode: envelope.statusCode } : {}),
    ...(envelope?.sentence === undefined ? {} : { peerMessage: envelope.sentence.slice(0, 300) }),
  });
}

/** A refresh never moves money, hence `effect: none`; what it may have cost is the pairing, and that is said in words. */
function refreshError(cause: KaspiError, wasLostBefore: boolean): KaspiError {
  const isRefusal = cause.code === 'pairing_needed';
  let sentence = `the access token of the terminal could not be refreshed (${cause.message}); it will be tried again`;
  if (isRefusal) sentence = `the terminal refuses to refresh the access token; ${PAIRING_CURE}`;
  if (isRefusal && wasLostBefore) {
    sentence = `the answer to an earlier refresh was lost and with it the pairing: the terminal gave new tokens that nobody holds; ${PAIRING_CURE}`;
  }
  if (cause.effect === 'possible') {
    sentence = `the answer to the refresh of the access token was lost (${cause.message}): the pairing may be lost with it; if the terminal refuses the old tokens now, ${PAIRING_CURE}`;
  }
  return new KaspiError(cause.code, sentence, {
    effect: 'none',
    cause,
    ...(cause.httpStatus === undefined ? {} : { httpStatus: cause.httpStatus }),
    ...(cause.peerCode === undefined ? {} : { peerCode: cause.peerCode }),
    ...(cause.peerMessage === undefined ? {} : { peerMessage: cause.peerMessage }),
  });
}
