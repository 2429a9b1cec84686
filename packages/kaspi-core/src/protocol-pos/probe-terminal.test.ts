import { describe, expect, it } from 'vitest';
import { KaspiError } from '../kaspi-error.ts';
import { probeTerminal } from './probe-terminal.ts';
import { createScriptedPosHttp, lose, refuseConnection, type ScriptedAnswer } from './scripted-pos-http.ts';

const tlsFailed = new KaspiError('tls_failed', 'self-signed certificate', { effect: 'none' });
const silent = new KaspiError('timeout', 'no answer in time', { effect: 'possible' });

async function probe(https: ScriptedAnswer, http: ScriptedAnswer = refuseConnection()) {
  const reach = { https: createScriptedPosHttp(() => https), http: createScriptedPosHttp(() => http) };
  return { result: await probeTerminal(reach), calls: [...reach.https.calls, ...reach.http.calls] };
}

describe('the probe [pos-v2 "Safe probe"]', () => {
  it('finds v2 by its 401 or its envelope, and asks for nothing but the status of operation 0', async () => {
    const { result, calls } = await probe({ status: 401, body: '' });
    expect(result).toEqual({ found: 'v2', protection: 'on' });
    expect(calls).toMatchObject([{ path: '/v2/status', query: { processId: '0' }, headers: {} }]);
    expect((await probe({ body: { statusCode: 101 } })).result).toEqual({ found: 'v2', protection: 'off' });
  });
  it('finds v1 by its {message}', async () => {
    const { result, calls } = await probe(tlsFailed, { status: 400, body: { message: 'Process not found' } });
    expect(result).toEqual({ found: 'v1' });
    expect(calls.at(-1)).toMatchObject({ path: '/status', query: { processId: '0' } });
  });
  it.each<[string, ScriptedAnswer, ScriptedAnswer, string]>([
    ['nothing answers', refuseConnection(), refuseConnection(), 'unreachable'],
    ['a foreign certificate', tlsFailed, lose(), 'tls_failed'],
    ['a silent port', silent, silent, 'no_answer'],
    ['a printer', { status: 200, body: '<html>' }, { status: 200, body: '<html>' }, 'not_a_terminal'],
    ['a printer without TLS', tlsFailed, { status: 200, body: '<html>' }, 'not_a_terminal'],
  ])('names the cause: %s', async (_, https, http, cause) => {
    expect((await probe(https, http)).result).toMatchObject({ found: 'none', cause, message: expect.any(String) });
  });
  it('does not wait twice for an address where no connection stands', async () => {
    expect((await probe(refuseConnection())).calls.length).toBe(1);
  });
});
