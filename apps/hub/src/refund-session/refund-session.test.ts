import { Money, ProblemError } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import {
  type BenchOptions,
  type CoreBench,
  createCoreBench,
  OTHER_TILL,
  PERSON,
  payAndConfirm,
  TILL,
} from '../core-bench.ts';
import type { RefundSession } from './refund-session.ts';

const problemOf = (run: Promise<unknown>) =>
  run.then(
    () => undefined,
    (error: unknown) => (error instanceof ProblemError ? error.problem.code : error),
  );
const MINUTE = 60_000;

async function scheme2(options: BenchOptions = {}): Promise<CoreBench> {
  return createCoreBench({ ...options, bank: { scheme: 2, ...options.bank } });
}
const open = (bench: CoreBench, refundSessionId = bench.ids.uuid()) =>
  bench.hub.refundSessions.open(TILL, { refundSessionId });
const read = (bench: CoreBench, session: RefundSession) => bench.hub.refundSessions.get(TILL, session.refundSessionId);
const statusOf = async (bench: CoreBench, session: RefundSession) => {
  const { status, statusReason } = await read(bench, session);
  return statusReason === undefined ? status : `${status} ${statusReason}`;
};
const readsOf = (bench: CoreBench) => bench.bank.calls.filter((one) => one.method === 'readRefundCode').length;

/** A session whose customer has scanned the code and is known to the hub. */
async function known(bench: CoreBench, customer?: string): Promise<RefundSession> {
  const session = await open(bench);
  bench.bank.scanRefundCode(session.refundCodeId ?? '', customer === undefined ? {} : { customer });
  await bench.clock.advance(6_000);
  return read(bench, session);
}

describe('a refund session', () => {
  it('shows the code, is polled at the interval that the bank gave, and then knows the customer', async () => {
    const bench = await scheme2({ bank: { pollIntervalMs: 7_000 } });
    const session = await open(bench);
    expect(session).toMatchObject({ status: 'awaiting_customer', deviceId: 'till-1', pollIntervalMs: 7_000 });
    expect(session.qrToken).toContain('https://');
    await bench.clock.advance(70_500);
    expect(readsOf(bench)).toBe(10);
    const waiting = bench.hub.refundSessions.get(TILL, session.refundSessionId, {
      afterVersion: session.version,
      waitMs: 25_000,
    });
    bench.bank.scanRefundCode(session.refundCodeId ?? '');
    await bench.clock.advance(7_000);
    expect(await waiting).toMatchObject({ status: 'customer_known' });
    await bench.clock.advance(MINUTE);
    expect(readsOf(bench)).toBe(11);
  });

  it('gives one code to everybody who asks with its id, also where the first answer was lost', async () => {
    const bench = await scheme2();
    bench.bank.faults.next('createRefundCode', 'answer_lost');
    const id = bench.ids.uuid();
    const [first, second] = await Promise.all([open(bench, id), open(bench, id)]);
    expect(bench.bank.refundCodes()).toHaveLength(2);
    expect(second.qrToken).toBe(first.qrToken);
    expect(await open(bench, id)).toMatchObject({ qrToken: first.qrToken, refundCodeId: first.refundCodeId });
    // The code that nobody saw is scanned by nobody; the one shown is the one that counts.
    bench.bank.scanRefundCode(first.refundCodeId ?? '');
    await bench.clock.advance(6_000);
    expect(await statusOf(bench, first)).toBe('customer_known');
  });

  it('is not opened while the bank is away, and is with the same id when it is back', async () => {
    const bench = await scheme2();
    bench.bank.faults.next('createRefundCode', 'connect_failed', 2);
    const id = bench.ids.uuid();
    expect(await problemOf(open(bench, id))).toBe('bank_unavailable');
    expect(await open(bench, id)).toMatchObject({ status: 'awaiting_customer' });
    bench.bank.faults.next('createRefundCode', 'connect_failed', 2);
    const never = bench.ids.uuid();
    expect(await problemOf(open(bench, never))).toBe('bank_unavailable');
    await bench.clock.advance(2 * MINUTE + 1_000);
    const over = await bench.hub.refundSessions.get(TILL, never);
    expect([over.status, over.statusReason]).toEqual(['failed', 'bank_unavailable']);
  });

  it('fails with the bank’s refusal of a code', async () => {
    const bench = await scheme2();
    const device = { organizationBin: '180340021791', deviceToken: '' };
    const { deviceToken } = await bench.hub.devices.listDevices(TILL, 'till-1').then(([one]) => one ?? device);
    await bench.bank.deleteDevice({ ...device, deviceToken });
    expect(await open(bench)).toMatchObject({ status: 'failed', statusReason: 'device_inactive' });
  });

  it('expires when nobody scans, only after the bank has said so, and after a while of its silence', async () => {
    const bench = await scheme2();
    const session = await open(bench);
    await bench.clock.advance(179_000);
    expect(await statusOf(bench, session)).toBe('awaiting_customer');
    await bench.clock.advance(2_000);
    expect(await statusOf(bench, session)).toBe('expired not_scanned');
    const silent = await open(bench);
    bench.bank.faults.always('readRefundCode', 'request_lost');
    await bench.clock.advance(3 * MINUTE + 20_000);
    expect(await statusOf(bench, silent)).toBe('awaiting_customer');
    await bench.clock.advance(15_000);
    expect(await statusOf(bench, silent)).toBe('expired bank_unreachable');
  });

  it('of a device is one at a time: the next one ends the one before it', async () => {
    const bench = await scheme2();
    const first = await known(bench);
    const second = await open(bench);
    expect([await statusOf(bench, first), await statusOf(bench, second)]).toEqual([
      'expired superseded',
      'awaiting_customer',
    ]);
    const other = await bench.hub.refundSessions.open(OTHER_TILL, { refundSessionId: bench.ids.uuid() });
    expect(other.status).toBe('awaiting_customer');
    expect(await statusOf(bench, second)).toBe('awaiting_customer');
  });

  it('ends by itself while the customer is known, and is nobody else’s', async () => {
    const bench = await scheme2();
    const session = await known(bench);
    const stranger = bench.hub.refundSessions.get(OTHER_TILL, session.refundSessionId);
    expect(await problemOf(stranger)).toBe('refund_session_not_found');
    await bench.clock.advance(15 * MINUTE);
    expect(await statusOf(bench, session)).toBe('expired time_over');
    expect(await problemOf(bench.hub.refundSessions.listPurchases(TILL, session.refundSessionId))).toBe(
      'refund_session_over',
    );
  });

  it('goes on after the hub has died: the code stays the same, the scan is seen', async () => {
    const bench = await scheme2();
    const session = await open(bench);
    await bench.restart();
    expect(await open(bench, session.refundSessionId)).toMatchObject({ qrToken: session.qrToken });
    bench.bank.scanRefundCode(session.refundCodeId ?? '');
    await bench.clock.advance(6_000);
    expect(await statusOf(bench, session)).toBe('customer_known');
    await bench.restart();
    expect(await statusOf(bench, session)).toBe('customer_known');
    await bench.clock.advance(15 * MINUTE);
    expect(await statusOf(bench, session)).toBe('expired time_over');
  });

  it('that died with the hub before it had a code gets one when it is asked for again', async () => {
    const bench = await scheme2();
    bench.bank.faults.next('createRefundCode', { kind: 'stalled', ms: 10_000 });
    const id = bench.ids.uuid();
    open(bench, id).catch(() => undefined);
    await bench.clock.advance(1_000);
    await bench.restart();
    expect(await open(bench, id)).toMatchObject({ status: 'awaiting_customer' });
    await bench.clock.advance(20_000);
    expect(bench.bank.refundCodes()).toHaveLength(2);
    expect((await bench.hub.refundSessions.get(TILL, id)).refundCodeId).toBe(bench.bank.refundCodes()[0]?.refundCodeId);
  });

  it('is refused where the scheme has none, with what to do instead', async () => {
    const one = await createCoreBench({ bank: { scheme: 1 } });
    expect(await problemOf(open(one))).toBe('refunds_not_offered');
    expect(await problemOf(open(await createCoreBench()))).toBe('request_invalid');
    const two = await scheme2();
    const asked = two.hub.refundSessions.open(PERSON, { refundSessionId: two.ids.uuid() });
    expect(await problemOf(asked)).toBe('customer_required');
  });
});

describe('the purchases of a customer', () => {
  it('are shown with what this till may refund, and why not', async () => {
    const bench = await scheme2();
    const payment = await payAndConfirm(bench);
    const spent = await payAndConfirm(bench, { amount: Money.fromTenge(10) });
    bench.bank.refundElsewhere(spent.bankPaymentId ?? '', Money.fromTenge(10));
    const foreign = await bench.hub.payments.create(OTHER_TILL, {
      paymentId: bench.ids.uuid(),
      method: 'qr',
      amount: Money.fromTenge(5),
    });
    bench.scan(foreign);
    bench.confirm(foreign);
    const session = await known(bench);
    const listed = await bench.hub.refundSessions.listPurchases(TILL, session.refundSessionId);
    expect(
      listed.map(({ paymentId, refundable, reason, available }) => [
        paymentId,
        refundable,
        reason,
        available?.toString(),
      ]),
    ).toEqual([
      [undefined, false, 'not_of_this_till', undefined],
      [spent.paymentId, false, 'fully_refunded', '0.00'],
      [payment.paymentId, true, undefined, '1500.00'],
    ]);
    expect(await bench.hub.refundSessions.listPurchases(TILL, session.refundSessionId, 1)).toHaveLength(1);
    bench.bank.faults.always('readDetails', 'request_lost');
    const unread = await bench.hub.refundSessions.listPurchases(TILL, session.refundSessionId);
    expect(unread[2]).toMatchObject({ refundable: false, reason: 'details_unread' });
  });

  it('are not listed before the scan, nor once the bank knows the customer no more', async () => {
    const bench = await scheme2({ bank: { customerKnownMs: MINUTE } });
    const session = await open(bench);
    const list = () => bench.hub.refundSessions.listPurchases(TILL, session.refundSessionId);
    expect(await problemOf(list())).toBe('customer_not_known');
    bench.bank.scanRefundCode(session.refundCodeId ?? '');
    await bench.clock.advance(6_000);
    expect(await list()).toEqual([]);
    bench.bank.faults.next('listCustomerPurchases', 'unavailable');
    expect(await problemOf(list())).toBe('bank_unavailable');
    await bench.clock.advance(2 * MINUTE);
    expect(await problemOf(list())).toBe('refund_session_over');
    expect(await statusOf(bench, session)).toBe('failed payment_not_found');
  });
});
