import { describe, expect, it } from 'vitest';
import { createCoreBench, PERSON, payAndConfirm, TILL } from '../core-bench.ts';

/** A till's calls may reach either of two hubs on one database. */
async function twoHubs() {
  const bench = await createCoreBench({ exclusive: false, bank: { scheme: 2 } });
  const second = await bench.startSecond();
  return { bench, first: { hub: bench.hub, connection: bench.connection }, second };
}

describe('a refund session between two hubs', () => {
  it('opened at one is followed, listed and refunded at the other', async () => {
    const { bench, first, second } = await twoHubs();
    const payment = await payAndConfirm(bench);
    const refundSessionId = bench.ids.uuid();
    const opened = await first.hub.refundSessions.open(TILL, { refundSessionId });
    const waiting = second.hub.refundSessions.get(TILL, refundSessionId, {
      afterVersion: opened.version,
      waitMs: 25_000,
    });
    bench.bank.scanRefundCode(opened.refundCodeId ?? '');
    await bench.clock.advance(6_000);
    expect(await waiting).toMatchObject({ status: 'customer_known' });
    const listed = await second.hub.refundSessions.listPurchases(TILL, refundSessionId);
    expect(listed).toMatchObject([{ paymentId: payment.paymentId, refundable: true }]);
    const ask = { refundId: bench.ids.uuid(), paymentId: payment.paymentId, reason: 'wrong size', refundSessionId };
    expect((await second.hub.refunds.create(TILL, ask)).status).toBe('confirmed');
    expect(bench.charged(payment)).toBe('0.00');
  });

  it('asked for at both at once has one code', async () => {
    const { bench, first, second } = await twoHubs();
    bench.bank.faults.always('createRefundCode', { kind: 'slow', ms: 2_000 });
    const refundSessionId = bench.ids.uuid();
    const both = [first, second].map(({ hub }) => hub.refundSessions.open(TILL, { refundSessionId }));
    await bench.clock.advance(3_000);
    const opened = await Promise.all(both);
    const shown = new Set(opened.map((one) => one.refundCodeId).filter((id) => id !== undefined));
    expect(shown.size).toBe(1);
    const now = await second.hub.refundSessions.get(TILL, refundSessionId);
    expect([...shown]).toEqual([now.refundCodeId]);
  });

  it('is polled by one of them, and by the other once the first has died', async () => {
    const { bench, first, second } = await twoHubs();
    const refundSessionId = bench.ids.uuid();
    const opened = await first.hub.refundSessions.open(TILL, { refundSessionId });
    // The till repeats its call, which reaches the other hub: that one must not begin to poll as well.
    expect((await second.hub.refundSessions.open(TILL, { refundSessionId })).qrToken).toBe(opened.qrToken);
    const reads = () => bench.bank.calls.filter((one) => one.method === 'readRefundCode').length;
    await bench.clock.advance(30_000);
    expect(reads()).toBeLessThanOrEqual(6);
    first.connection.crash();
    bench.bank.scanRefundCode(opened.refundCodeId ?? '');
    await bench.clock.advance(50_000);
    expect(await second.hub.refundSessions.get(PERSON, refundSessionId)).toMatchObject({
      status: 'customer_known',
      owner: { instance: second.hub.instance },
    });
  });

  it('whose hub died before its code is opened at the other with the same id', async () => {
    const { bench, first, second } = await twoHubs();
    bench.bank.faults.next('createRefundCode', { kind: 'stalled', ms: 60_000 });
    const refundSessionId = bench.ids.uuid();
    first.hub.refundSessions.open(TILL, { refundSessionId }).catch(() => undefined);
    await bench.clock.advance(1_000);
    first.connection.crash();
    expect(await second.hub.refundSessions.open(TILL, { refundSessionId })).toMatchObject({ status: 'opening' });
    await bench.clock.advance(40_000);
    expect(await second.hub.refundSessions.open(TILL, { refundSessionId })).toMatchObject({
      status: 'awaiting_customer',
    });
  });
});
