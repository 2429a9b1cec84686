import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSilentLog, createSystemContext, Money } from '@tolem/base';
import {
  createHttpTransport,
  createQrClient,
  createQrEmulation,
  type HttpTransport,
  qrMessages,
  qrReturnMessages,
  readDeviceToken,
} from '@tolem/kaspi-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ControlClient, createControlClient } from '../control-client.ts';
import { type KaspiSim, startKaspiSim } from '../start-kaspi-sim.ts';

/** One simulator with three doors, met by kaspi-core's client as a merchant of each scheme would. */
const context = createSystemContext(createSilentLog());
const dataDir = mkdtempSync(join(tmpdir(), 'kaspi-sim-schemes-'));
const anyPort = '127.0.0.1:0';
let sim: KaspiSim;
let control: ControlClient;
const transports: HttpTransport[] = [];

beforeAll(async () => {
  const listeners = [
    { scheme: 2 as const, listen: anyPort },
    { scheme: 3 as const, listen: anyPort },
  ];
  const bank = { scheme: 1 as const, listen: anyPort, listeners, hugeIds: true };
  sim = await startKaspiSim({ dataDir, bank, pages: { listen: anyPort } }, context);
  control = createControlClient(sim.pagesUrl);
});
beforeEach(() => control.reset());
afterAll(async () => {
  await Promise.all(transports.map((one) => one.close()));
  await sim.stop();
  rmSync(dataDir, { recursive: true });
});

function clientOf(scheme: 1 | 2, apiKey?: string) {
  const url = new URL(sim.bankUrls[scheme] ?? '');
  const pfx = readFileSync(join(sim.pki.dir, 'client.pfx'));
  const identity = scheme === 1 ? {} : { identity: { pfx, passphrase: sim.pki.passphrase } };
  const http = createHttpTransport({ context, origin: url.origin, tls: { ca: [sim.pki.rootPem], ...identity } });
  transports.push(http);
  const client = createQrClient({ http, basePath: url.pathname, ...(apiKey === undefined ? {} : { apiKey }) });
  return { http, basePath: url.pathname, client };
}

async function registerTill({ client }: ReturnType<typeof clientOf>) {
  const points = await client.call(
    'listTradePoints',
    () => qrMessages.tradePointsRequest(),
    qrMessages.readTradePoints,
  );
  const tradePointId = points[0]?.tradePointId ?? '';
  const request = () => qrMessages.registerDeviceRequest({ deviceId: 'till-1', tradePointId });
  return client.call('registerDevice', request, readDeviceToken);
}

async function createQr(merchant: ReturnType<typeof clientOf>) {
  const deviceToken = await registerTill(merchant);
  const request = () => qrMessages.createQrRequest({ deviceToken, amount: Money.fromTenge(1500), externalId: 'p-1' });
  const created = await merchant.client.call('createQr', request, qrMessages.readCreatedQr);
  return { deviceToken, created };
}

const readStatus = ({ client }: ReturnType<typeof clientOf>, id: string) =>
  client.call('readStatus', () => qrMessages.statusRequest(id), qrMessages.readPurchaseStatus);

describe('scheme 1', () => {
  it('takes a payment by its Api-Key and server TLS alone', async () => {
    const merchant = clientOf(1, sim.apiKey);
    expect(sim.apiKey).toMatch(/^test_[0-9a-f-]{36}$/);
    expect(readFileSync(join(dataDir, 'api-key'), 'utf8').trim()).toBe(sim.apiKey);
    const { created } = await createQr(merchant);
    const { http, basePath } = merchant;
    const send: HttpTransport['send'] = (call) => http.send({ ...call, headers: { 'Api-Key': sim.apiKey } });
    await createQrEmulation({ http: { ...http, send }, basePath }).scan(created.bankPaymentId);
    await control.act(created.bankPaymentId, 'confirm');
    expect(await readStatus(merchant, created.bankPaymentId)).toMatchObject({ meaning: 'succeeded' });
    expect((await control.truth()).charges).toMatchObject([{ externalId: 'p-1', amount: '1500.00', source: 'qr' }]);
  });

  it.each([undefined, 'test_wrong', 'prod_d9b41a18-3b5a-4d0f-9d50-6a2f6b1f3d00'])(
    'answers −10000 to the key %s',
    async (apiKey) => {
      const ping = clientOf(1, apiKey).client.call(
        'ping',
        () => qrMessages.pingRequest(),
        () => undefined,
      );
      await expect(ping).rejects.toMatchObject({ peerCode: -10000 });
    },
  );

  it('has neither details nor refunds nor invoices, and no other scheme on its port', async () => {
    for (const path of ['payment/details', 'return/status/1', 'remote/client-info', '../../r3/v01/health/ping']) {
      const url = new URL(`${sim.bankUrls[1]}/${path}`);
      const { http } = clientOf(1);
      const answer = await http.send({ verb: 'GET', path: url.pathname, headers: { 'Api-Key': sim.apiKey } });
      expect([path, answer.status]).toEqual([path, 404]);
    }
  });
});

describe('scheme 2', () => {
  it('returns money to the customer who scanned the refund code', async () => {
    const merchant = clientOf(2);
    const { client } = merchant;
    const { deviceToken, created } = await createQr(merchant);
    const { bankPaymentId } = created;
    await control.act(bankPaymentId, 'scan', { customer: 'aigul' });
    await control.act(bankPaymentId, 'confirm');

    const open = () => qrReturnMessages.createReturnQrRequest({ deviceToken });
    const code = await client.call('createReturnQr', open, qrReturnMessages.readCreatedReturnQr);
    const { qrReturnId } = code;
    const readCode = () =>
      client.call(
        'readReturnStatus',
        () => qrReturnMessages.returnStatusRequest(qrReturnId),
        qrReturnMessages.readReturnStatus,
      );
    expect(await readCode()).toMatchObject({ word: 'QrTokenCreated' });
    expect(await control.refundCodes()).toMatchObject([{ qrReturnId, qrToken: code.qrToken, phase: 'created' }]);
    await control.scanRefundCode(qrReturnId, 'aigul');
    expect(await readCode()).toMatchObject({ word: 'CustomerIdentityObtained' });

    const list = () => qrReturnMessages.customerPurchasesRequest({ deviceToken, qrReturnId });
    expect(await client.call('listCustomerPurchases', list, qrReturnMessages.readCustomerPurchases)).toMatchObject([
      { bankPaymentId, amount: Money.fromTenge(1500) },
    ]);
    const amount = Money.fromTenge(500);
    const refund = () => qrReturnMessages.refundWithCustomerRequest({ deviceToken, bankPaymentId, qrReturnId, amount });
    const { bankRefundId } = await client.call('refund', refund, qrMessages.readRefund);
    const read = () => qrMessages.detailsRequest({ bankPaymentId, deviceToken });
    const details = await client.call('readDetails', read, qrMessages.readPurchaseDetails);
    expect(details.availableReturnAmount.toString()).toBe('1000.00');
    expect((await control.truth()).refunds).toMatchObject([
      { bankRefundId, bankPaymentId, amount: '500.00', source: 'api', qrReturnId, customer: 'aigul' },
    ]);
  });

  it('is met by certificate: −10000 without one', async () => {
    const url = new URL(sim.bankUrls[2] ?? '');
    const http = createHttpTransport({ context, origin: url.origin, tls: { ca: [sim.pki.rootPem] } });
    transports.push(http);
    const client = createQrClient({ http, basePath: url.pathname });
    const ping = client.call(
      'ping',
      () => qrMessages.pingRequest(),
      () => undefined,
    );
    await expect(ping).rejects.toMatchObject({ peerCode: -10000 });
  });
});

it('one bank stands behind every door: a purchase of scheme 1 is there under scheme 2', async () => {
  const { created } = await createQr(clientOf(1, sim.apiKey));
  expect(await readStatus(clientOf(2), created.bankPaymentId)).toMatchObject({ meaning: 'awaiting_scan' });
  const calls = await control.calls();
  expect(new Set(calls.map((one) => one.scheme))).toEqual(new Set([1, 2]));
});

it('misbehaves at one door only, where a rule names it', async () => {
  await control.addFault({ where: 'bank:r2', path: 'health/ping', kind: 'code', statusCode: -999 });
  const ping = (scheme: 1 | 2) =>
    clientOf(scheme, sim.apiKey).client.call(
      'ping',
      () => qrMessages.pingRequest(),
      () => undefined,
    );
  await ping(1);
  await expect(ping(2)).rejects.toMatchObject({ peerCode: -999 });
});
