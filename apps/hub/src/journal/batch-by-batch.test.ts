import { canonicalJson, type Json } from '@tolem/base';
import { chainHash, chainStart } from '@tolem/proto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type CoreBench, createCoreBench, PERSON, payAndConfirm } from '../core-bench.ts';
import type { JournalRow } from './journal-intake.ts';

/** A fact about one of a few payments, before their ids are known. */
type Told =
  | { about: 'payment'; subject: number; members: Record<string, Json> }
  | { about: 'refund'; subject: number; members: Record<string, Json> }
  | { about: 'case' | 'terminal' | 'nothing'; subject: number; members: Record<string, Json> };

/** Three of the edge, one of another agent's edge, one paid and one open of the hub, one that a restored hub has lost. */
const SUBJECTS = 7;
const statuses = fc.constantFrom('created', 'awaiting_confirmation', 'paid', 'failed', 'expired', 'unknown');
const amounts = fc.constantFrom('1500.00', '600.00', '1.00', '0.00');
const subject = fc.integer({ min: 0, max: SUBJECTS - 1 });
const payment = fc.record({
  about: fc.constant('payment' as const),
  subject,
  members: fc.record(
    {
      version: fc.integer({ min: 1, max: 5 }),
      status: statuses,
      amount: amounts,
      amountPaid: amounts,
      final: fc.boolean(),
      collectedAtMs: fc.constant(77),
      orderId: fc.constantFrom('receipt', '990000001'),
    },
    { requiredKeys: ['version', 'status', 'amount', 'final'] },
  ),
});
const refund = fc.record({
  about: fc.constant('refund' as const),
  subject,
  members: fc.record({
    refundId: fc.constantFrom(...[1, 2].map((one) => `019f0000-0000-7000-8000-00000000000${one}`)),
    version: fc.integer({ min: 1, max: 3 }),
    status: fc.constantFrom('sent', 'confirmed', 'declined', 'unknown'),
    amount: fc.constantFrom('500.00', '1.00', '2000.00'),
  }),
});
const other = fc.record({
  about: fc.constantFrom('case' as const, 'terminal' as const, 'nothing' as const),
  subject,
  members: fc.record({ state: fc.constantFrom('ready', 'unresolved', 'no such state'), open: fc.boolean() }),
});
const days = fc.array(fc.oneof({ weight: 5, arbitrary: payment }, { weight: 2, arbitrary: refund }, other), {
  minLength: 2,
  maxLength: 14,
});

it('a batch at once leaves what its facts one by one leave: payments, their history, cases, what is held', async () => {
  await fc.assert(
    fc.asyncProperty(days, async (facts) => {
      const [atOnce, oneByOne] = [await outcomeOf(facts, facts.length), await outcomeOf(facts, 1)];
      expect(atOnce).toEqual(oneByOne);
    }),
    { numRuns: 150 },
  );
});

it('a batch in pieces of any size leaves the same', async () => {
  await fc.assert(
    fc.asyncProperty(days, fc.integer({ min: 2, max: 6 }), async (facts, size) => {
      expect(await outcomeOf(facts, size)).toEqual(await outcomeOf(facts, facts.length));
    }),
    { numRuns: 50 },
  );
});

async function outcomeOf(facts: readonly Told[], size: number): Promise<unknown> {
  const bench = await createCoreBench();
  const paymentIds = await prepare(bench);
  const rows = rowsOf(facts, paymentIds);
  for (let at = 0; at < rows.length; at += size) {
    const some = rows.slice(at, at + size);
    const batch = { epoch: 'epoch', from: at + 1, to: at + some.length, rows: some };
    expect(await bench.hub.journal.take('till-1', batch)).toMatchObject({ verdict: 'ok', upto: batch.to });
  }
  const { payments } = await bench.hub.payments.search({ limit: 50 });
  const refunds = await bench.connection.transaction((tx) =>
    Promise.all(paymentIds.map((paymentId) => tx.refunds.listOf(paymentId))),
  );
  const cases = await bench.hub.cases.list({ limit: 100 });
  const histories = await bench.connection.transaction((tx) =>
    Promise.all(paymentIds.map((paymentId) => tx.payments.events(paymentId))),
  );
  const held = await bench.connection.transaction((tx) => tx.journal.positionOf('till-1', 'epoch'));
  const shown = cases.cases.map(({ caseId: _minted, ...one }) => JSON.stringify(one, plain)).sort();
  return {
    payments: payments.map((one) => JSON.stringify(one, plain)),
    refunds: JSON.stringify(refunds, plain),
    histories,
    cases: shown,
    held,
  };
}

const plain = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}` : value);

async function prepare(bench: CoreBench): Promise<string[]> {
  const edge = [1, 2, 3].map((one) => `019f0000-0000-7000-9000-00000000000${one}`);
  const foreign = '019f0000-0000-7000-9000-000000000009';
  const told = { about: 'payment', subject: 0, members: { version: 1, status: 'paid', amount: '5.00', final: true } };
  const rows = rowsOf([told as Told], [foreign]);
  await bench.hub.journal.take('till-2', { epoch: 'epoch', from: 1, to: 1, rows });
  const paid = await payAndConfirm(bench);
  const open = await bench.pay();
  const device = (await bench.hub.devices.listDevices(PERSON, 'till-1'))[0];
  expect(device?.deviceToken).toBeDefined();
  return [...edge, foreign, paid.paymentId, open.paymentId, '019f0000-0000-7000-9000-0000000000aa'];
}

function rowsOf(facts: readonly Told[], paymentIds: readonly string[]): JournalRow[] {
  let hash = chainStart('epoch');
  return facts.map((told, at) => {
    const payload = new TextEncoder().encode(canonicalJson(payloadOf(told, paymentIds[told.subject] ?? '')));
    const eventId = `019f0000-0000-7000-a000-${String(at).padStart(12, '0')}`;
    const kind = told.about === 'nothing' ? 'unheard-of' : told.about;
    const row = { seq: at + 1, eventId, kind, payload, atMs: 5, monoMs: 1.5, boot: 'boot' };
    hash = chainHash(hash, row);
    return { ...row, hash };
  });
}

function payloadOf({ about, subject, members }: Told, paymentId: string): Json {
  const moments = { createdAtMs: 1, updatedAtMs: 2 };
  const isTerminal = subject < 4;
  const where: Record<string, Json> = isTerminal
    ? { method: 'terminal', terminal: { terminalId: 'front' } }
    : { method: 'qr', deviceId: 'till-1', bankPaymentId: '990000001' };
  if (about === 'payment') return { paymentId, ...where, ...moments, ...members };
  if (about === 'refund') return { paymentId, reason: 'goods', actor: 'cashier', ...moments, ...members };
  if (about === 'terminal') return { terminalId: 'front', paymentId, ...members };
  if (about === 'case') {
    const caseId = `019f0000-0000-7000-b000-00000000000${subject}`;
    return { caseId, kind: 'terminal_amount', paymentId, detail: {}, open: members.open ?? true };
  }
  return members;
}
