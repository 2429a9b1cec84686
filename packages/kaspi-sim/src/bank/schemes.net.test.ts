import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSilentLog, createSystemContext, Money } from '@tolem/base';
import { createHttpTransport, createQrApi, createQrEmulation, type HttpTransport } from '@tolem/kaspi-core';
import { qrApiCompliance } from '@tolem/kaspi-core/compliance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlClient, createControlClient } from '../control-client.ts';
import { type KaspiSim, startKaspiSim } from '../start-kaspi-sim.ts';

/** One simulator with a door for each scheme, met by kaspi-core's client as a merchant of that scheme would. */
const context = createSystemContext(createSilentLog());
const dataDir = mkdtempSync(join(tmpdir(), 'kaspi-sim-schemes-'));
const anyPort = '127.0.0.1:0';
const organizationBin = '180340021791';
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
afterAll(async () => {
  await Promise.all(transports.map((one) => one.close()));
  await sim.stop();
  rmSync(dataDir, { recursive: true });
});

type Scheme = 1 | 2 | 3;

function merchantOf(scheme: Scheme, { apiKey = sim.apiKey, hasCertificate = scheme !== 1 } = {}) {
  const url = new URL(sim.bankUrls[scheme] ?? '');
  const identity = { pfx: readFileSync(join(sim.pki.dir, 'client.pfx')), passphrase: sim.pki.passphrase };
  const tls = { ca: [sim.pki.rootPem], ...(hasCertificate ? { identity } : {}) };
  const http = createHttpTransport({ context, origin: url.origin, tls });
  transports.push(http);
  const options = { http, basePath: url.pathname, ...(scheme === 1 ? { apiKey } : {}) };
  return {
    http,
    api: createQrApi({ ...options, scheme, clock: context.clock }),
    emulation: createQrEmulation(options),
  };
}

async function pay(scheme: Scheme, externalId: string, customer = 'customer-1') {
  const { api } = merchantOf(scheme);
  const [point] = await api.listTradePoints(organizationBin);
  const till = { organizationBin, deviceId: 'till', tradePointId: point?.tradePointId ?? '' };
  const deviceToken = await api.registerDevice(till);
  const amount = Money.fromTenge(1500);
  const { bankPaymentId } = await api.createQr({ organizationBin, deviceToken, amount, externalId });
  await control.act(bankPaymentId, 'scan', { customer });
  await control.act(bankPaymentId, 'confirm');
  return { api, deviceToken, bankPaymentId };
}

describe.each([1, 2, 3] as const)('the client and the simulated bank under scheme %i', (scheme) => {
  it.each(qrApiCompliance(scheme).map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const { api, emulation } = merchantOf(scheme);
    const scanRefundCode = async (id: string, customer?: string) => void (await control.scanRefundCode(id, customer));
    await one.run({ api, emulation, organizationBin, newId: () => context.ids.uuid(), scanRefundCode });
  });
});

describe('scheme 1', () => {
  it('takes a payment by its Api-Key and server TLS alone, and says so in the truth', async () => {
    expect(sim.apiKey).toMatch(/^test_[0-9a-f-]{36}$/);
    expect(readFileSync(join(dataDir, 'api-key'), 'utf8').trim()).toBe(sim.apiKey);
    const { api, bankPaymentId } = await pay(1, 'p-1');
    expect(await api.readStatus(bankPaymentId)).toMatchObject({ meaning: 'succeeded' });
    const { charges } = await control.truth();
    expect(charges.filter((one) => one.externalId === 'p-1')).toMatchObject([{ bankPaymentId, amount: '1500.00' }]);
  });

  it.each(['test_wrong', 'prod_d9b41a18-3b5a-4d0f-9d50-6a2f6b1f3d00', ' '])(
    'answers −10000 to the key "%s"',
    async (apiKey) => {
      await expect(merchantOf(1, { apiKey }).api.ping()).rejects.toMatchObject({ peerCode: -10000 });
    },
  );

  it('has neither details nor refunds nor invoices, and no other scheme on its port', async () => {
    const { http } = merchantOf(1);
    for (const path of ['payment/details', 'return/status/1', 'remote/client-info', '../../r3/v01/health/ping']) {
      const { pathname } = new URL(`${sim.bankUrls[1]}/${path}`);
      const answer = await http.send({ verb: 'GET', path: pathname, headers: { 'Api-Key': sim.apiKey } });
      expect([path, answer.status]).toEqual([path, 404]);
    }
  });
});

describe('scheme 2', () => {
  it('is met by certificate: −10000 without one, whatever the Api-Key', async () => {
    await expect(merchantOf(2, { hasCertificate: false }).api.ping()).rejects.toMatchObject({ peerCode: -10000 });
  });

  it('returns money to the customer who scanned the refund code, and the truth names the session', async () => {
    const { api, deviceToken, bankPaymentId } = await pay(2, 'p-2', 'aigul');
    const code = await api.createRefundCode({ organizationBin, deviceToken, externalId: 's-1' });
    const { refundCodeId } = code;
    expect((await control.refundCodes())[0]).toMatchObject({ qrReturnId: refundCodeId, qrToken: code.qrToken });
    await control.scanRefundCode(refundCodeId, 'aigul');
    expect(await api.listCustomerPurchases({ deviceToken, refundCodeId })).toMatchObject([{ bankPaymentId }]);
    const amount = Money.fromTenge(500);
    const { bankRefundId } = await api.refund({ organizationBin, deviceToken, bankPaymentId, amount, refundCodeId });
    const { refunds } = await control.truth();
    expect(refunds.filter((one) => one.bankPaymentId === bankPaymentId)).toMatchObject([
      { bankRefundId, amount: '500.00', source: 'api', qrReturnId: refundCodeId, customer: 'aigul' },
    ]);
    await expect(control.scanRefundCode(refundCodeId)).rejects.toThrow(
      'a refund code that is identified takes no scan',
    );
  });
});

it('one bank stands behind every door: a purchase of scheme 1 is there under scheme 2', async () => {
  const { bankPaymentId } = await pay(1, 'p-3');
  expect(await merchantOf(2).api.readStatus(bankPaymentId)).toMatchObject({ meaning: 'succeeded' });
  const calls = await control.calls();
  expect(new Set(calls.slice(-2).map((one) => one.scheme))).toEqual(new Set([1, 2]));
});

it('misbehaves at one door only, where a rule names it', async () => {
  await control.addFault({ where: 'bank:r2', path: 'health/ping', kind: 'code', statusCode: -999 });
  await merchantOf(1).api.ping();
  await expect(merchantOf(2).api.ping()).rejects.toMatchObject({ peerCode: -999 });
});
