import { createIds, createSeededRandom, createVirtualClock, type LogFields, type Logger, Money } from '@tolem/base';
import { expect, it } from 'vitest';
import { silentMeter } from '../meter.ts';
import { sampleCase, samplePayment, sampleRefund, tenge } from '../store/compliance/sample-rows.ts';
import { createMemoryDatabase } from '../store/memory-store.ts';
import { recordChanges } from './change-recorder.ts';
import { createToldStore } from './told-store.ts';

function world() {
  const clock = createVirtualClock();
  const database = createMemoryDatabase({ clock, ids: createIds(clock, createSeededRandom(1)) });
  const lines: Array<LogFields & { level: string; msg: string }> = [];
  const at = (level: string) => (fields: LogFields, msg: string) => void lines.push({ ...fields, level, msg });
  const log: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => log,
  };
  const inner = database.connect();
  const told = createToldStore(inner, { log, meter: silentMeter }, undefined);
  return { inner, told, lines };
}
const payment = samplePayment({
  paymentId: 'p1',
  status: 'awaiting_scan',
  final: false,
  orderId: 'receipt-7',
  bankPaymentId: '77',
  qrToken: 'canary-token',
  deviceToken: 'canary-device',
});

it('one line tells each event after its commit, with every id and no token', async () => {
  const { told, lines } = world();
  await told.transaction((tx) => tx.payments.insert(payment));
  await told.transaction(async (tx) => {
    const before = await tx.payments.get('p1', { lock: true });
    await tx.payments.save({ ...payment, status: 'paid', version: 2, amountPaid: tenge(1500) }, { version: 1 });
    await tx.refunds.insert(sampleRefund({ refundId: 'r1', paymentId: 'p1', evidence: 'answer' }));
    await tx.cases.open(sampleCase({ caseId: 'c1', paymentId: 'p1', amount: Money.parse('5.00') }), 's1');
    expect(before?.status).toBe('awaiting_scan');
    expect(lines.map((line) => line.msg)).toEqual(['payment.created', 'payment.awaiting_scan']);
  });
  expect(lines.slice(2)).toEqual([
    {
      level: 'info',
      msg: 'payment.paid',
      paymentId: 'p1',
      agentId: 'till-1',
      deviceId: 'till-1',
      method: 'qr',
      amount: '1500.00',
      orderId: 'receipt-7',
      bankPaymentId: '77',
    },
    expect.objectContaining({
      level: 'info',
      msg: 'refund.approved',
      refundId: 'r1',
      paymentId: 'p1',
      amount: '100.00',
    }),
    expect.objectContaining({ level: 'error', msg: 'case.opened', caseId: 'c1', paymentId: 'p1', amount: '5.00' }),
  ]);
  expect(JSON.stringify(lines)).not.toContain('canary');
});

it('nothing is told of what was dropped, or changed nothing', async () => {
  const { told, lines } = world();
  const dropped = told.transaction(async (tx) => {
    await tx.payments.insert(payment);
    throw new Error('dropped');
  });
  await expect(dropped).rejects.toThrow('dropped');
  await told.transaction((tx) => tx.payments.insert({ ...payment, status: 'created' }));
  await told.transaction((tx) => tx.payments.insert(payment));
  await told.transaction(async (tx) => {
    expect(await tx.payments.save({ ...payment, status: 'paid' }, { version: 9 })).toBe(false);
  });
  expect(lines.map((line) => line.msg)).toEqual(['payment.created']);
});

it('what the transaction has read is not read again to see what changed', async () => {
  const { inner } = world();
  await inner.transaction((tx) => tx.payments.insert(payment));
  await inner.transaction(async (plain) => {
    let reads = 0;
    const get: typeof plain.payments.get = (...given) => {
      reads += 1;
      return plain.payments.get(...given);
    };
    const { tx, changes } = recordChanges({ ...plain, payments: { ...plain.payments, get } });
    await tx.payments.get('p1', { lock: true });
    await tx.payments.save({ ...payment, status: 'awaiting_confirmation', version: 2 }, { version: 1 });
    await tx.payments.save({ ...payment, status: 'paid', version: 3 }, { version: 2 });
    expect(reads).toBe(1);
    const { before, after } = changes.payments.get('p1') ?? {};
    expect([before?.status, after?.status]).toEqual(['awaiting_scan', 'paid']);
  });
});
