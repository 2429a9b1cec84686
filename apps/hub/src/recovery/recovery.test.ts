import { expect, it } from 'vitest';
import { createCoreBench, PERSON, payAndConfirm, TILL } from '../core-bench.ts';

it('a hub that begins to recover while it reads before a refund does not send it', async () => {
  const bench = await createCoreBench();
  const payment = await payAndConfirm(bench);
  bench.bank.faults.next('readDetails', { kind: 'slow', ms: 3_000 });
  const refundId = bench.ids.uuid();
  const asked = bench.hub.refunds.create(TILL, { refundId, paymentId: payment.paymentId, reason: 'goods' });
  await bench.clock.advance(1_000);
  await bench.connection.transaction(async (tx) => {
    const meta = await tx.meta.get();
    await tx.meta.save({ ...meta, recovering: true, recoveringSinceMs: bench.clock.nowMs() });
  });
  await bench.clock.advance(10_000);
  expect(await asked).toMatchObject({ status: 'approved', statusReason: 'recovering', sends: 0 });
  expect(bench.charged(payment)).toBe('1500.00');
});

it('a hub that recovers from a restore sends no refund until a person releases it', async () => {
  const bench = await createCoreBench();
  const payment = await payAndConfirm(bench);
  await bench.connection.transaction(async (tx) => {
    const meta = await tx.meta.get();
    await tx.meta.save({ ...meta, recovering: true, recoveringSinceMs: bench.clock.nowMs() });
  });
  expect(await bench.hub.recovery.state()).toMatchObject({ recovering: true });
  const refundId = bench.ids.uuid();
  const ask = { refundId, paymentId: payment.paymentId, reason: 'goods' };
  expect(await bench.hub.refunds.create(TILL, ask)).toMatchObject({ status: 'approved', sends: 0 });
  await bench.clock.advance(300_000);
  expect(bench.charged(payment)).toBe('1500.00');
  await expect(bench.hub.recovery.release(TILL, 'no')).rejects.toMatchObject({ problem: { code: 'forbidden' } });
  await bench.hub.recovery.release(PERSON, 'compared with the app');
  await bench.clock.advance(31_000);
  expect(await bench.hub.refunds.get(PERSON, refundId)).toMatchObject({ status: 'confirmed' });
  expect(bench.charged(payment)).toBe('0.00');
});
