import type { Effect } from '@tolem/base';
import { KaspiError, type KaspiErrorCode } from '../kaspi-error.ts';

/** What kind of call got the code: a `start` may move money, the others only ask or pair. */
export type PosCall = 'start' | 'read' | 'actualize' | 'pair' | 'refresh';

interface CodeMeaning {
  code: KaspiErrorCode;
  /** True where the documents make it a refusal to start anything; otherwise a start may have happened. */
  refusesStart: boolean;
  sentence: string;
}

/** Panel of the terminal where an integration is forgotten, so that it can be paired again [pos-v2 Pairing]. */
export const PAIRING_CURE =
  'on the terminal open «Панель администратора» → «Защита интеграции» → «Настроить доступ» → «Запретить», ' +
  'then pair again under the same name and tap «Разрешить»';

/** [pos-v2 Operations, "Codes"]. A code that is not here is `unlisted_code`: on a start it proves nothing. */
const MEANINGS: Readonly<Record<number, CodeMeaning>> = {
  101: { code: 'process_not_found', refusesStart: false, sentence: 'the terminal does not know this operation' },
  103: { code: 'cannot_actualize', refusesStart: false, sentence: 'the terminal cannot look the operation up now' },
  105: { code: 'pairing_needed', refusesStart: true, sentence: `the terminal refuses its service: ${PAIRING_CURE}` },
  107: {
    code: 'previous_operation_open',
    refusesStart: true,
    sentence: 'the previous operation on the terminal has not ended',
  },
  999: { code: 'parameter_invalid', refusesStart: true, sentence: 'the terminal misses or refuses a parameter' },
};

/** The error for a v2 envelope whose `statusCode` is not 0. */
export function errorOfCode(call: PosCall, peerCode: number, peerMessage: string | undefined): KaspiError {
  const meaning = MEANINGS[peerCode];
  const sentence = meaning?.sentence ?? `the terminal answered code ${peerCode}, which is in no document`;
  const refused = meaning?.refusesStart === true;
  return new KaspiError(meaning?.code ?? 'unlisted_code', sentence, {
    effect: effectOf(call, refused),
    peerCode,
    ...(peerMessage === undefined ? {} : { peerMessage: peerMessage.slice(0, 300) }),
  });
}

/**
 * What a call may have done when its answer does not say: reads do nothing; a start that was not refused in so many words
 * may have begun; pairing and refresh may have made new tokens that nobody holds.
 */
export function effectOf(call: PosCall, refused: boolean): Effect {
  if (refused) return 'none';
  return call === 'read' || call === 'actualize' ? 'none' : 'possible';
}

/** The same error for a call that cannot move anything: the transport doesn't know that and says `possible`. */
export function withEffectOf(call: PosCall, cause: unknown): unknown {
  if (!(cause instanceof KaspiError) || cause.effect === 'none' || effectOf(call, false) === 'possible') return cause;
  return new KaspiError(cause.code, cause.message, {
    effect: 'none',
    cause,
    ids: cause.ids,
    ...(cause.peerCode === undefined ? {} : { peerCode: cause.peerCode }),
    ...(cause.peerMessage === undefined ? {} : { peerMessage: cause.peerMessage }),
    ...(cause.httpStatus === undefined ? {} : { httpStatus: cause.httpStatus }),
  });
}
