import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSilentLog, createSystemContext, Money } from '@tolem/base';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { registerDevice } from '../bank/device-desk.ts';
import { openPurchase } from '../bank/purchase-desk.ts';
import { createRefundCode } from '../bank/refund-session-desk.ts';
import { NumberText } from '../bank/wire-json.ts';
import { type KaspiSim, startKaspiSim } from '../start-kaspi-sim.ts';
import { type CatalogueEntry, MISBEHAVIOUR } from './catalogue.ts';
import { FAULT_KINDS } from './fault-kinds.ts';
import { printCatalogue } from './print-catalogue.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'kaspi-sim-catalogue-'));
const bin = '180340021791';
let sim: KaspiSim;

beforeAll(async () => {
  const listen = '127.0.0.1:0';
  const terminals = [
    { id: 'old', listen, api: 'v1' as const, stepS: 0 },
    { id: 'front', listen, protection: false, stepS: 0 },
  ];
  const config = { dataDir, bank: { listen }, pages: { listen }, terminals };
  sim = await startKaspiSim(config, createSystemContext(createSilentLog()));
});
beforeEach(() => sim.sim.reset());
afterAll(async () => {
  await sim.stop();
  rmSync(dataDir, { recursive: true });
});

const post = async (path: string, body?: unknown) => {
  const init = { method: 'POST', body: JSON.stringify(body ?? {}), headers: { 'content-type': 'application/json' } };
  const answer = await fetch(sim.pagesUrl + path, init);
  return { status: answer.status, text: await answer.text() };
};

/** Makes what an example acts on, and puts its id into the path. */
async function preparePath({ name, example }: CatalogueEntry): Promise<string> {
  const { state } = sim.sim.bank;
  const path = example?.path ?? '';
  registerDevice(state, { OrganizationBin: bin, DeviceId: 'till', TradePointId: new NumberText('1') });
  const device = state.device(bin, 'till');
  if (!device) throw new Error('no device');
  if (path.includes('{bankPaymentId}')) {
    const { bankPaymentId } = openPurchase(state, { kind: 'qr', device, amount: Money.parse('1500.00') });
    if (name === 'refund_elsewhere') await post(`/control/purchases/${bankPaymentId}/confirm`);
    if (name === 'late_success') await post(`/control/purchases/${bankPaymentId}/decline`);
    return path.replace('{bankPaymentId}', bankPaymentId);
  }
  if (path.includes('{qrReturnId}')) {
    createRefundCode(state, { OrganizationBin: bin, DeviceToken: device.token });
    return path.replace('{qrReturnId}', [...state.refundCodes.all.keys()].at(-1) ?? '');
  }
  const query = new URLSearchParams({ amount: '100' });
  const start = { verb: 'GET', path: '/v2/payment', query, headers: {} };
  if (path.includes('{id}')) await sim.sim.terminals.get('front')?.answer(start);
  return path.replace('{id}', 'front');
}

describe('the catalogue of misbehaviour', () => {
  it('is what the document and the control API tell', async () => {
    const file = new URL('../../docs/misbehaviour.md', import.meta.url);
    expect(readFileSync(file, 'utf8')).toBe(printCatalogue());
    const answer = await fetch(`${sim.pagesUrl}/control/faults/catalogue`);
    expect(await answer.json()).toEqual(MISBEHAVIOUR);
  });

  it('has every kind of fault once, and no name twice', () => {
    const names = MISBEHAVIOUR.map((entry) => entry.name);
    expect(new Set(names).size).toBe(names.length);
    expect(MISBEHAVIOUR.filter((entry) => entry.by === 'fault').map((entry) => entry.name)).toEqual(FAULT_KINDS);
  });

  it.each(MISBEHAVIOUR.filter((entry) => entry.example).map((entry) => [entry.name, entry] as const))(
    'the example of %s is taken',
    async (_name, entry) => {
      const path = await preparePath(entry);
      expect(await post(path, entry.example?.body)).toMatchObject({ status: 200 });
    },
  );

  it.each(['wrong_amount', 'late_success', 'other_amount_paid'])('%s moves money, as it says', async (name) => {
    const entry = MISBEHAVIOUR.find((one) => one.name === name);
    if (!entry) throw new Error(name);
    await post(await preparePath(entry), entry.example?.body);
    const { amount = '1500.00' } = (entry.example?.body ?? {}) as { amount?: string };
    expect(sim.truth().charges.map((one) => one.amount)).toEqual([amount]);
  });

  it('resets new connections to a terminal, so often and no more', async () => {
    await post('/control/faults', { where: 'terminal:old', kind: 'tls_reset', times: 2 });
    const ask = () =>
      new Promise<number | undefined>((resolve, reject) => {
        const url = `http://${sim.terminals.old}/status?processId=1`;
        get(url, { agent: false }, (answer) => resolve(answer.resume().statusCode)).on('error', reject);
      });
    for (let turn = 0; turn < 2; turn += 1) await expect(ask()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await ask()).toBe(400);
  });
});
