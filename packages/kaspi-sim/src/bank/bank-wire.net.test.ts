import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type ClientRequestArgs, request as plainRequest } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSilentLog, createSystemContext } from '@tolem/base';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ControlClient, createControlClient } from '../control-client.ts';
import { type KaspiSim, startKaspiSim } from '../start-kaspi-sim.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'kaspi-sim-'));
const context = createSystemContext(createSilentLog());
let started: KaspiSim;
let control: ControlClient;

beforeAll(async () => {
  started = await startKaspiSim(
    { dataDir, bank: { listen: '127.0.0.1:0' }, pages: { listen: '127.0.0.1:0' } },
    context,
  );
  control = createControlClient(started.pagesUrl);
});
afterEach(() => control.clearFaults());
afterAll(async () => {
  await started.stop();
  rmSync(dataDir, { recursive: true });
});

interface CallOptions extends RequestOptions {
  client?: string;
  body?: unknown;
}

/** One call on a connection of its own, as a client with this certificate. */
function call(
  path: string,
  { client = 'client', body, ...options }: CallOptions = {},
): Promise<{ status: number; text: string }> {
  const pem = (kind: string) => readFileSync(join(started.pki.dir, `${client}-${kind}.pem`));
  const identity = client === 'none' ? {} : { cert: pem('cert'), key: pem('key'), passphrase: started.pki.passphrase };
  return new Promise((resolve, reject) => {
    const sent = request(
      `${started.bankUrl}/${path}`,
      {
        ca: started.pki.rootPem,
        ...identity,
        agent: false,
        method: body === undefined ? 'GET' : 'POST',
        headers: { 'x-request-id': context.ids.uuid(), 'content-type': 'application/json' },
        ...options,
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
        answer.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const ping = (options?: CallOptions) => call('health/ping', options);
const OK = '{"StatusCode":0,"Message":"OK"}';
const NO_CERTIFICATE = '{"StatusCode":-10000,"Message":"Отсутствует сертификат клиента"}';

describe('the door of the bank', () => {
  it.each(['client', 'client2'])('opens to the certificate %s', async (client) => {
    expect(await ping({ client })).toEqual({ status: 200, text: OK });
  });

  it('opens to the PFX as it comes with its passphrase', async () => {
    const pfx = readFileSync(join(started.pki.dir, 'client.pfx'));
    expect((await ping({ client: 'none', pfx, passphrase: started.pki.passphrase })).text).toBe(OK);
  });

  it.each(['none', 'client-expired', 'client-foreign'])('answers −10000 to the certificate %s', async (client) => {
    expect((await ping({ client })).text).toBe(NO_CERTIFICATE);
  });

  it('may also answer a bad certificate with HTTP 400 or by cutting', async () => {
    await control.settings({ badCertificate: 'http' });
    expect((await ping({ client: 'none' })).status).toBe(400);
    await control.settings({ badCertificate: 'cut' });
    await expect(ping({ client: 'none' })).rejects.toMatchObject({ code: 'ECONNRESET' });
    await control.settings({ badCertificate: 'code' });
  });

  it('speaks TLS 1.2 only', async () => {
    await expect(ping({ minVersion: 'TLSv1.3' })).rejects.toThrow(/protocol version|handshake/i);
  });

  it('is closed before TLS to an address that is not allowed', async () => {
    const { settings } = started.sim.bank.state;
    settings.allowedAddresses = ['203.0.113.7'];
    await expect(ping()).rejects.toMatchObject({ code: 'ECONNRESET' });
    settings.allowedAddresses = ['127.0.0.1'];
  });

  it('wants X-Request-ID and knows a repeated one', async () => {
    expect((await ping({ headers: {} })).status).toBe(400);
    const headers = { 'x-request-id': 'da169655f65740d991b1bbfcd9802b28' };
    await ping({ headers });
    await ping({ headers });
    const [first, second] = (await control.calls()).filter((one) => one.requestId === headers['x-request-id']);
    expect([first?.repeatedRequestId, second?.repeatedRequestId]).toEqual([undefined, true]);
  });

  it('has nothing under other addresses, and no patience for huge bodies', async () => {
    expect((await call('no/such')).status).toBe(404);
    await expect(call('qr/create', { body: 'x'.repeat(100_000) })).rejects.toBeDefined();
  });
});

describe('misbehaviour on the wire', () => {
  const register = (DeviceId: string) =>
    call('device/register', { body: { OrganizationBin: '180340021791', DeviceId, TradePointId: 1 } });
  const isRegistered = (id: string) => started.sim.bank.state.device('180340021791', id) !== undefined;
  const order = (kind: string, more = {}) =>
    control.addFault({ where: 'bank', path: 'device/register', kind: kind as 'hang', ...more });

  it.each([
    ['answer_lost', {}, true],
    ['request_lost', {}, false],
    ['reset', {}, false],
    ['reset', { afterProcessing: true }, true],
  ])('%s %o cuts the connection', async (kind, more, isDone) => {
    await order(kind, more);
    const id = `${kind}-${isDone}`;
    await expect(register(id)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(isRegistered(id)).toBe(isDone);
    expect((await register(id)).status).toBe(200);
  });

  it.each([
    ['http', { httpStatus: 503 }, false, { status: 503 }],
    ['http', { httpStatus: 500, afterProcessing: true }, true, { status: 500 }],
    ['code', {}, false, { text: '{"StatusCode":-999,"Message":"Сервис временно недоступен"}' }],
    [
      'code_after',
      { statusCode: -990000006 },
      true,
      { text: expect.stringMatching(/^\{"StatusCode":-990000006,"Message":"Ошибка возврата/) },
    ],
    ['delay', { ms: 30 }, true, { status: 200 }],
    ['slow_body', { ms: 30 }, true, { status: 200, text: expect.stringContaining('DeviceToken') }],
  ])('%s %o answers so', async (kind, more, isDone, answer) => {
    await order(kind, more);
    const id = `${kind}-${isDone}`;
    expect(await register(id)).toMatchObject(answer);
    expect(isRegistered(id)).toBe(isDone);
  });

  it('garbage is half an answer, of work that was done', async () => {
    await order('garbage');
    const { text } = await register('garbage');
    expect(() => JSON.parse(text)).toThrow();
    expect(isRegistered('garbage')).toBe(true);
  });

  it('hang never answers', async () => {
    await order('hang');
    await expect(Promise.race([register('hang'), context.clock.sleep(150)])).resolves.toBeUndefined();
  });

  it('word shows a status that is not the true one', async () => {
    const { DeviceToken } = JSON.parse((await register('word')).text).Data;
    const body = { OrganizationBin: '180340021791', DeviceToken, Amount: 5 };
    const { QrPaymentId } = JSON.parse((await call('qr/create', { body })).text).Data;
    await control.addFault({ where: 'bank', path: 'payment/status', kind: 'word', word: 'Rejected' });
    const read = async () => JSON.parse((await call(`payment/status/${QrPaymentId}`)).text).Data.Status;
    expect([await read(), await read()]).toEqual(['Rejected', 'QrTokenCreated']);
  });

  it('is written into the log of calls', async () => {
    await order('hang');
    register('logged').catch(() => undefined);
    await expect
      .poll(async () => (await control.calls()).at(-1))
      .toMatchObject({
        where: 'bank',
        method: 'POST',
        path: 'v01/device/register',
        outcome: 'hanging',
        fault: 'hang',
      });
  });
});

describe('plain HTTP at the bank’s door', () => {
  it('is no HTTP', async () => {
    const [host = '', port = ''] = started.bankAddress.split(':');
    const options: ClientRequestArgs = { host, port: Number(port), path: '/r3/v01/health/ping' };
    const answer = new Promise((resolve, reject) => plainRequest(options, resolve).on('error', reject).end());
    await expect(answer).rejects.toBeDefined();
  });
});
