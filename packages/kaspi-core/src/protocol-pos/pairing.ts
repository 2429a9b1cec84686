import type { Context } from '@tolem/base';
import { KaspiError } from '../kaspi-error.ts';
import { errorOfCode, PAIRING_CURE } from './codes.ts';
import { readEnvelope } from './envelope.ts';
import { PAIRING_LIMIT_MS, type PosAnswer, type PosHttp } from './pos-http.ts';
import { invalid } from './requests.ts';
import type { TerminalApi, TerminalTokenStore, TerminalTokens } from './terminal-api.ts';
import { readTokens, type TokenKeeper } from './tokens.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,49}$/;

/**
 * `register` [pos-v2 Pairing]: blocks until a person taps «Разрешить» (up to 180 s), then stores the pair. A terminal that was
 * paired under one name keeps it: another name is refused with `request_invalid`. 105 → `pairing_needed` with its cure.
 */
export function createPairing(options: {
  http: PosHttp;
  store: TerminalTokenStore;
  keeper: TokenKeeper;
  context: Context;
}): TerminalApi['pair'] {
  const { http, keeper, context } = options;
  return async (name, signal) => {
    if (!NAME.test(name)) throw invalid('the pairing name: 1 to 50 Latin letters, digits, spaces, dots, _ and -');
    const held = await options.store.load();
    if (held && held.name !== name) throw invalid(`this terminal is paired as "${held.name}" and must keep that name`);
    const answer = await http
      .get('/v2/register', { name }, { fresh: true, timeoutMs: PAIRING_LIMIT_MS, ...(signal ? { signal } : {}) })
      .catch((error: unknown) => {
        throw pairingLost(error);
      });
    const tokens = readTokens(answer, name, context.clock.nowMs());
    if (!tokens) throw pairingRefused(answer);
    await keeper.adopt(tokens);
  };
}

/** 401, or a 403 that no refresh can cure: a person must pair the terminal again. Nothing was started. */
export function pairingNeeded(answer: PosAnswer, tokens: TerminalTokens | undefined): KaspiError {
  const sentence = tokens
    ? `the terminal no longer accepts our pairing: ${PAIRING_CURE}`
    : 'the terminal wants to be paired: start the pairing and tap «Разрешить» on its screen';
  return new KaspiError('pairing_needed', sentence, { effect: 'none', httpStatus: answer.status });
}

function pairingRefused(answer: PosAnswer): KaspiError {
  const envelope = readEnvelope(answer.body);
  if (envelope && envelope.statusCode !== 0) return errorOfCode('pair', envelope.statusCode, envelope.sentence);
  const isRefusal = answer.status === 401 || answer.status === 403;
  return new KaspiError(isRefusal ? 'pairing_needed' : 'answer_unreadable', `pairing failed: ${PAIRING_CURE}`, {
    effect: isRefusal ? 'none' : 'possible',
    httpStatus: answer.status,
  });
}

function pairingLost(error: unknown): unknown {
  if (!(error instanceof KaspiError) || error.effect === 'none') return error;
  const sentence = `no answer to the pairing (${error.message}); if «Разрешить» was tapped all the same, ${PAIRING_CURE}`;
  return new KaspiError(error.code, sentence, { effect: 'possible', cause: error });
}
