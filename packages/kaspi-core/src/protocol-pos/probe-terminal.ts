import { KaspiError } from '../kaspi-error.ts';
import { readEnvelope } from './envelope.ts';
import { type PosAnswer, type PosHttp, READ_LIMIT_MS } from './pos-http.ts';
import { readWireObject } from './wire-object.ts';

/**
 * What answers at an address. `protection`: whether the v2 terminal wants a token («Защита интеграции»).
 *
 * Causes of `none`: `unreachable` no connection at all (wrong address, cable, or the Kaspi Pay app is not in front: no app, no
 * listener); `tls_failed` it speaks TLS with a certificate that we don't trust; `no_answer` it accepts and stays silent;
 * `not_a_terminal` it answers something else.
 */
export type ProbeResult =
  | { found: 'v2'; protection: 'on' | 'off' }
  | { found: 'v1' }
  | { found: 'none'; cause: 'unreachable' | 'tls_failed' | 'no_answer' | 'not_a_terminal'; message: string };

/** No operation has this id: the question shows nothing on the terminal's screen [pos-v2 "Safe probe"]. */
const PROBE_QUERY = { processId: '0' };

/** Finds out which version a terminal speaks; opens no dialog on it. `https` and `http` reach the same address. */
export async function probeTerminal(reach: { https: PosHttp; http: PosHttp }): Promise<ProbeResult> {
  const v2 = await ask(reach.https, '/v2/status');
  if (v2.answer && (v2.answer.status === 401 || v2.answer.status === 403)) return { found: 'v2', protection: 'on' };
  if (v2.answer && readEnvelope(v2.answer.body)) return { found: 'v2', protection: 'off' };
  // The same port: where no connection stands for TLS, none will stand without it.
  if (v2.error?.code === 'connect_failed') {
    return none('unreachable', 'nothing answers at this address; is the Kaspi Pay app in front on the terminal?');
  }
  const v1 = await ask(reach.http, '/status');
  if (v1.answer && isV1Answer(v1.answer)) return { found: 'v1' };
  if (v2.error?.code === 'tls_failed' && !v1.answer) {
    return none('tls_failed', `the terminal's certificate is not accepted: ${v2.error.message}`);
  }
  if (v1.error?.code === 'timeout') return none('no_answer', 'the address takes connections but does not answer');
  return none('not_a_terminal', 'what answers at this address is not a Kaspi terminal');
}

function none(cause: Extract<ProbeResult, { found: 'none' }>['cause'], message: string): ProbeResult {
  return { found: 'none', cause, message };
}

/** `{message}` with HTTP 400 [POS 1 "Ответ с ошибкой"]; 200 is taken as well, because v1 mixes the two elsewhere. */
function isV1Answer(answer: PosAnswer): boolean {
  const body = readWireObject(answer.body);
  return (answer.status === 400 || answer.status === 200) && body?.text('message') !== undefined;
}

async function ask(http: PosHttp, path: string): Promise<{ answer?: PosAnswer; error?: KaspiError }> {
  try {
    return { answer: await http.get(path, PROBE_QUERY, { fresh: true, timeoutMs: READ_LIMIT_MS }) };
  } catch (error) {
    if (!(error instanceof KaspiError)) throw error;
    return { error };
  }
}
