import { createIds, createSeededRandom, createSilentLog, createVirtualClock, Money } from '@tolem/base';
import { expect, test } from 'vitest';
import { DEFAULT_INTERVALS, edgeSettings } from '../edge-settings.ts';
import { openJournal } from '../journal/open-journal.ts';
import { createUsedKeys } from '../payment/idempotency.ts';
import { createPaymentBook } from '../payment/payment-book.ts';
import { refusal } from '../payment/problems.ts';
import { createRefundService, type RefundServiceParts } from './create-refund-service.ts';
import { createRefundBook } from './refund-book.ts';

test('a refund that is refused while its twin has begun it gets that refund', async () => {
  const clock = createVirtualClock();
  const random = createSeededRandom(1);
  const context = { clock, random, ids: createIds(clock, random), log: createSilentLog() };
  const store = openJournal({ folder: ':memory:', context, boot: 'boot' });
  const payments = createPaymentBook(clock, store);
  const paymentId = context.ids.uuid();
  payments.insert({
    paymentId,
    method: 'terminal',
    amount: Money.fromTenge(1500),
    status: 'paid',
    final: true,
    version: 1,
    createdAtMs: clock.nowMs(),
    updatedAtMs: clock.nowMs(),
    refunded: Money.zero,
    hubVersion: 0,
    token: 'local',
  });
  let looks = 0;
  const terminalRefunds: Partial<RefundServiceParts['terminalRefunds']> = {
    async choose() {
      looks += 1;
      const isFirst = looks === 1;
      await clock.sleep(isFirst ? 10 : 20);
      if (!isFirst) throw refusal({ status: 409, code: 'terminal_busy', detail: 'taken' });
      return 'front';
    },
    occupy() {},
    async begin() {},
  };
  const service = createRefundService({
    context,
    store,
    payments,
    keys: createUsedKeys({ clock, store, repeatMs: DEFAULT_INTERVALS.keyRepeatMs, graceMs: 3_000 }),
    refunds: createRefundBook(clock, store),
    policy: edgeSettings({ version: '1' }).refunds,
    intervals: DEFAULT_INTERVALS,
    terminalRefunds,
  } as Partial<RefundServiceParts> as RefundServiceParts);
  const about = { paymentId, reason: 'returned', actor: 'cashier', bodyHash: 'body', token: 'local' };
  const asking = () => service.create({ ...about, idempotencyKey: 'receipt-number-00017' });
  const [first, twin] = [asking(), asking()];
  await clock.advance(100);
  expect((await twin).refund.refundId).toBe((await first).refund.refundId);
  expect([(await first).repeated, (await twin).repeated]).toEqual([false, true]);
});
