import { Money, PAYMENT_STATUSES, type PaymentStatus } from '@tolem/base';
import { describe, expect, test } from 'vitest';
import type { HubPaymentView } from '../hub/hub-link.ts';
import { mergeHubView, mergeNotFound } from './hub-payment.ts';
import type { PaymentRecord } from './payment-record.ts';

const NOW_MS = 1_000_000;
const amount = Money.fromTenge(1500);
const isEnd = (status: PaymentStatus) => status === 'paid' || status === 'failed';
const payment = (status: PaymentStatus, change: Partial<PaymentRecord> = {}): PaymentRecord => ({
  paymentId: 'p',
  method: 'qr',
  amount,
  status,
  final: isEnd(status),
  version: 3,
  createdAtMs: 1,
  updatedAtMs: 1,
  refunded: Money.zero,
  hubVersion: 5,
  token: 'local',
  ...change,
});
const view = (status: HubPaymentView['status'], change: Partial<HubPaymentView> = {}): HubPaymentView => ({
  paymentId: 'p',
  method: 'qr',
  amount,
  version: 6,
  status,
  final: status !== 'unlisted' && isEnd(status),
  createdAtMs: 1,
  refunded: Money.zero,
  refunds: [],
  ...change,
});
const said = [...PAYMENT_STATUSES, 'unlisted'] as const;
const pairs = PAYMENT_STATUSES.flatMap((ours) => said.map((theirs) => ({ ours, theirs })));

describe.each(pairs)('a payment that is $ours, of which the hub says $theirs', ({ ours, theirs }) => {
  test('under a higher version', () => {
    const merged = mergeHubView(payment(ours), view(theirs), NOW_MS);
    if (isEnd(ours)) {
      expect(merged?.next).toMatchObject({ status: ours, final: true });
      expect(merged?.alarm).toBe(theirs === ours ? undefined : 'contradicted');
    } else if (theirs === 'unlisted') {
      expect(merged).toMatchObject({ next: { status: 'unknown', final: false }, alarm: 'status_unlisted' });
    } else {
      expect(merged?.next).toMatchObject({ status: theirs, final: isEnd(theirs), hubVersion: 6 });
      expect(merged?.alarm).toBeUndefined();
    }
  });

  test('under a version that is held already: nothing', () => {
    expect(mergeHubView(payment(ours, { hubVersion: 6 }), view(theirs), NOW_MS)).toBeUndefined();
    expect(mergeHubView(payment(ours, { hubVersion: 7 }), view(theirs), NOW_MS)).toBeUndefined();
  });

  test('after `money: none` was told: the status stays, the code is never shown, and money that moved is an alarm', () => {
    const none = payment('failed', { toldNone: true, hubVersion: 0 });
    const code = { token: 'late', methods: [] };
    const merged = mergeHubView(none, view(theirs, { qr: code, link: { url: 'https://pay', methods: [] } }), NOW_MS);
    expect(merged?.next).toMatchObject({ status: 'failed', final: true });
    expect(merged?.next.qr).toBeUndefined();
    expect(merged?.next.link).toBeUndefined();
    expect(merged?.alarm).toBe(theirs === 'paid' ? 'paid_after_none' : undefined);
  });
});

test('the code is shown while it waits for a scan, and only then', () => {
  const qr = { token: 't', methods: ['Gold'] };
  const shown = mergeHubView(payment('created', { hubVersion: 0 }), view('awaiting_scan', { qr }), NOW_MS)?.next;
  expect(shown?.qr).toEqual(qr);
  const scanned = mergeHubView(
    { ...payment('awaiting_scan'), qr },
    view('awaiting_confirmation', { qr }),
    NOW_MS,
  )?.next;
  expect(scanned?.qr).toBeUndefined();
});

test('a link is shown until it is opened, and only then', () => {
  const link = { url: 'https://pay.kaspi.kz/pay/1', methods: ['Gold'] };
  const created = payment('created', { method: 'link', hubVersion: 0 });
  const shown = mergeHubView(created, view('awaiting_scan', { method: 'link', link }), NOW_MS)?.next;
  expect(shown?.link).toEqual(link);
  for (const status of [...PAYMENT_STATUSES, 'unlisted' as const].filter((one) => one !== 'awaiting_scan')) {
    const open = { ...payment('awaiting_scan', { method: 'link' }), link };
    expect(mergeHubView(open, view(status, { method: 'link', link }), NOW_MS)?.next.link).toBeUndefined();
  }
});

test('moments are counted from now, free of differences between clocks', () => {
  const late = { amount, claimInMs: 60_000, claimable: true };
  const merged = mergeHubView(payment('expired'), view('expired', { expiresInMs: 5_000, late }), NOW_MS);
  expect(merged?.next).toMatchObject({
    expiresAtMs: NOW_MS + 5_000,
    late: { claimUntilMs: NOW_MS + 60_000, claimable: true },
  });
});

test('the end of a code stays where it was told, until there is another one', () => {
  const expiresAtMs = NOW_MS + 5_000;
  const known = payment('awaiting_scan', { expiresAtMs });
  const later = NOW_MS + 4_990;
  expect(mergeHubView(known, view('awaiting_scan', { expiresInMs: 30 }), later)?.next.expiresAtMs).toBe(expiresAtMs);
  const confirming = view('awaiting_confirmation', { expiresInMs: 65_000 });
  expect(mergeHubView(known, confirming, later)?.next.expiresAtMs).toBe(later + 65_000);
  const over = view('expired', { expiresInMs: 0 });
  expect(mergeHubView(known, over, NOW_MS + 60_000)?.next.expiresAtMs).toBe(expiresAtMs);
});

test('a payment that the hub does not hold is unknown, except an ending and one that it never had', () => {
  for (const status of PAYMENT_STATUSES) {
    const next = mergeNotFound(payment(status));
    if (isEnd(status)) expect(next).toBeUndefined();
    else expect(next).toMatchObject({ status: 'unknown', statusReason: 'hub_not_found', hubVersion: 0 });
  }
  expect(mergeNotFound(payment('created', { hubVersion: 0 }))).toBeUndefined();
  expect(mergeNotFound(payment('expired', { toldNone: true }))).toBeUndefined();
});
