import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSilentLog, createSystemContext, Money } from '@tolem/base';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { registerDevice } from '../bank/device-desk.ts';
import { openPurchase } from '../bank/purchase-desk.ts';
import { NumberText } from '../bank/wire-json.ts';
import { type ControlClient, createControlClient } from '../control-client.ts';
import { type KaspiSim, startKaspiSim } from '../start-kaspi-sim.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'kaspi-sim-'));
const context = createSystemContext(createSilentLog());
const config = {
  dataDir,
  bank: { listen: '127.0.0.1:0' },
  pages: { listen: '127.0.0.1:0' },
  terminals: [
    { id: 'front', listen: '127.0.0.1:0' },
    { id: 'old', listen: '127.0.0.1:0', api: 'v1' as const, stepS: 0 },
  ],
};
let started: KaspiSim;
let control: ControlClient;

beforeAll(async () => {
  started = await startKaspiSim(config, context);
  control = createControlClient(started.pagesUrl);
});
beforeEach(() => control.reset());
afterAll(async () => {
  await started.stop();
  rmSync(dataDir, { recursive: true });
});

/** A purchase made behind the wire. */
function purchase(kind: 'qr' | 'invoice' = 'qr', externalId = 'p-1'): string {
  const { state } = started.sim.bank;
  registerDevice(state, { OrganizationBin: '180340021791', DeviceId: 'till', TradePointId: new NumberText('1') });
  const device = state.device('180340021791', 'till');
  if (!device) throw new Error('no device');
  return openPurchase(state, { kind, device, amount: Money.parse('1500.00'), externalId }).bankPaymentId;
}

async function readJson<Value>(url: string): Promise<Value> {
  return (await (await fetch(url)).json()) as Value;
}

const refused = (code: string) =>
  expect.objectContaining({ code: 'control_failed', message: expect.stringContaining(code) });

describe('the control API', () => {
  it('acts as the customer and tells the truth', async () => {
    const id = purchase();
    expect(await control.act(id, 'scan')).toMatchObject({ status: 'Wait', confirmDeadline: expect.any(String) });
    expect(await control.act(id, 'confirm', { method: 'Red' })).toMatchObject({
      status: 'Processed',
      chargedAmount: '1500.00',
      availableReturn: '1500.00',
    });
    const truth = await control.truth();
    expect(truth.charges).toEqual([
      expect.objectContaining({ bankPaymentId: id, externalId: 'p-1', amount: '1500.00', method: 'Red', source: 'qr' }),
    ]);
    expect(truth.purchases).toHaveLength(1);
    expect((await control.purchaseOf('p-1')).bankPaymentId).toBe(id);
    await expect(control.purchaseOf('p-2')).rejects.toEqual(refused('p-2'));
  });

  it('charges another amount than asked', async () => {
    const id = purchase();
    await control.act(id, 'confirm', { amount: '15.00' });
    expect((await control.truth()).charges).toMatchObject([{ amount: '15.00' }]);
  });

  it('refunds elsewhere, within what is left', async () => {
    const id = purchase();
    await control.act(id, 'confirm');
    expect(await control.refund(id, '500.00')).toMatchObject({ availableReturn: '1000.00' });
    await expect(control.refund(id, '1000.01')).rejects.toEqual(refused('not_possible'));
    expect((await control.truth()).refunds).toMatchObject([{ amount: '500.00', source: 'elsewhere' }]);
  });

  it('takes money late, from a code that was given up', async () => {
    const id = purchase();
    await control.act(id, 'discard');
    expect(await control.purchase(id)).toMatchObject({ status: 'QrTokenDiscarded', phase: 'discarded' });
    await expect(control.act(id, 'scan')).rejects.toEqual(refused('not_possible'));
    expect(await control.act(id, 'late-confirm')).toMatchObject({ status: 'Processed' });
    expect((await control.truth()).charges).toHaveLength(1);
  });

  it('shows any word until the next change', async () => {
    const id = purchase();
    expect(await control.setWord(id, 'ProcessingFailed')).toMatchObject({
      status: 'ProcessingFailed',
      phase: 'created',
    });
    expect(await control.act(id, 'scan')).toMatchObject({ status: 'Wait' });
  });

  it('declines and fails, and refuses what has no meaning', async () => {
    expect(await control.act(purchase(), 'decline')).toMatchObject({ status: 'Error' });
    expect(await control.act(purchase(), 'error')).toMatchObject({ status: 'Error' });
    const invoice = purchase('invoice');
    expect(await control.act(invoice, 'decline')).toMatchObject({ status: 'RemotePaymentRejected' });
    await expect(control.act(invoice, 'confirm')).rejects.toEqual(refused('not_possible'));
    await expect(control.purchase('1')).rejects.toEqual(refused('not_found'));
    await expect(control.act(invoice, 'confirm', { amount: '1,5' })).rejects.toEqual(refused('request_invalid'));
  });

  it('keeps rules of misbehaviour until they are removed', async () => {
    const id = await control.addFault({ where: 'bank', path: 'qr/create', kind: 'hang', times: 'always' });
    expect(await control.faults()).toEqual([
      { id, where: 'bank', path: 'qr/create', kind: 'hang', times: 'always', used: 0 },
    ]);
    await control.removeFault(id);
    await expect(control.removeFault(id)).rejects.toEqual(refused('not_found'));
    await control.chaos({ rate: 1, where: 'bank' });
    expect(started.sim.faults.take({ where: 'bank', path: 'x' })).toBeDefined();
    await control.clearFaults();
    expect(started.sim.faults.take({ where: 'bank', path: 'x' })).toBeUndefined();
  });

  it('changes the bank and its trade points', async () => {
    await control.settings({ partialRefunds: false });
    expect(started.sim.bank.state.settings.partialRefunds).toBe(false);
    await control.tradePoint('180340021791', '2', { enabled: false });
    expect(started.sim.bank.state.tradePoint('180340021791', '2')?.enabled).toBe(false);
    await expect(control.tradePoint('180340021791', '9', {})).rejects.toEqual(refused('not_found'));
    await expect(control.settings({ nonsense: 1 } as object)).rejects.toEqual(refused('request_invalid'));
  });

  it('puts hands on terminals', async () => {
    expect(Object.keys(started.terminals)).toEqual(['front', 'old']);
    expect(await control.terminal('front')).toMatchObject({ id: 'front', api: 'v2', appRunning: true });
    await expect(control.terminal('side')).rejects.toEqual(refused('not_found'));
    await expect(control.terminalAct('old', 'pay', { method: 'card' })).rejects.toEqual(refused('not_possible'));
    const { processId } = await readJson<{ processId: string }>(`http://${started.terminals.old}/payment?amount=100`);
    expect(await control.terminalAct('old', 'pay', { method: 'card' })).toMatchObject({ process: null });
    expect((await control.truth()).charges).toMatchObject([
      { source: 'terminal', terminalId: 'old', processId, amount: '100.00' },
    ]);
    expect(await control.calls()).toMatchObject([{ where: 'terminal:old', method: 'GET', path: '/payment' }]);
  });

  it('describes itself by OpenAPI', async () => {
    type Document = { openapi: string; paths: object };
    const document = await readJson<Document>(`${started.pagesUrl}/control/openapi.json`);
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/control/truth',
        '/control/faults',
        '/control/purchases/{bankPaymentId}/late-confirm',
        '/control/terminals/{id}/pay',
      ]),
    );
  });

  it.each(['/', '/phone', '/phone/5123', '/assets/style.css', '/terminal/front'])(
    'serves the page %s',
    async (path) => {
      const answer = await fetch(started.pagesUrl + path);
      expect([answer.status, (await answer.text()).length > 0]).toEqual([200, true]);
    },
  );

  it('forgets everything by a reset', async () => {
    await control.act(purchase(), 'confirm');
    await control.reset();
    expect(await control.truth()).toEqual({ charges: [], refunds: [], purchases: [], polledReads: 0 });
  });
});

describe('a simulator that is started again on the same data', () => {
  it('has the same certificates, purchases and truth', async () => {
    const id = purchase();
    await control.act(id, 'confirm');
    const { rootPem } = started.pki;
    await started.stop();
    started = await startKaspiSim(config, context);
    control = createControlClient(started.pagesUrl);
    expect(started.pki.rootPem).toBe(rootPem);
    expect(await control.purchase(id)).toMatchObject({ phase: 'processed' });
    expect((await control.truth()).charges).toHaveLength(1);
  });

  it('says which address is taken, and leaves nothing running', async () => {
    const other = { ...config, dataDir: `${dataDir}/other`, bank: { listen: started.bankAddress } };
    await expect(startKaspiSim(other, context)).rejects.toMatchObject({
      code: 'address_in_use',
      message: expect.stringMatching(/bank\.listen.*another program/),
    });
  });
});
