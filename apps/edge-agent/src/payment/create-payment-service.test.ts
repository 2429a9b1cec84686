import { createIds, createSeededRandom, createSilentLog, createVirtualClock, Money } from '@tolem/base';
import { expect, test } from 'vitest';
import { DEFAULT_INTERVALS } from '../edge-settings.ts';
import { openJournal } from '../journal/open-journal.ts';
import { createPaymentService, type PaymentServiceParts } from './create-payment-service.ts';
import { createUsedKeys } from './idempotency.ts';
import { createPaymentBook } from './payment-book.ts';
import { refusal } from './problems.ts';

test('a request that is refused while its twin has begun the payment gets that payment', async () => {
  const clock = createVirtualClock();
  const random = createSeededRandom(1);
  const context = { clock, random, ids: createIds(clock, random), log: createSilentLog() };
  const store = openJournal({ folder: ':memory:', context, boot: 'boot' });
  let looks = 0;
  const terminalPayments: Partial<PaymentServiceParts['terminalPayments']> = {
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
  const service = createPaymentService({
    context,
    store,
    keys: createUsedKeys({ clock, store, repeatMs: DEFAULT_INTERVALS.keyRepeatMs, graceMs: 3_000 }),
    book: createPaymentBook(clock, store),
    intervals: DEFAULT_INTERVALS,
    terminalPayments,
  } as Partial<PaymentServiceParts> as PaymentServiceParts);
  const asking = () =>
    service.create({
      token: 'local',
      idempotencyKey: 'receipt-number-00017',
      bodyHash: 'body',
      method: 'terminal',
      amount: Money.fromTenge(1500),
    });
  const [first, twin] = [asking(), asking()];
  await clock.advance(100);
  expect((await twin).payment.paymentId).toBe((await first).payment.paymentId);
  expect([(await first).repeated, (await twin).repeated]).toEqual([false, true]);
});
