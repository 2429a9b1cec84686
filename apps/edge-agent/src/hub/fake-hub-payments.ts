import { type Clock, Money, type PaymentStatus } from '@tolem/base';
import { EdgeError } from '../edge-error.ts';
import { refusal } from '../payment/problems.ts';
import type { CreateHubPayment, CreateHubRefund, HubPaymentView, HubRefundView, Resumed } from './hub-link.ts';

/** How long the fake's customer may take to scan and to confirm [QR 3.9 §2.3.1]. */
const SCAN_WAIT_MS = 180_000;
const LATE_CLAIM_MS = 60_000;
const INVOICE_LIFE_MS = 86_400_000;

/** What the fake hub holds, and what the customer and the bank do. */
export interface FakeHubPayments {
  find(paymentId: string): HubPaymentView | undefined;
  all(): HubPaymentView[];
  create(request: CreateHubPayment): HubPaymentView;
  cancel(paymentId: string): HubPaymentView;
  refresh(paymentId: string): HubPaymentView;
  acceptLate(paymentId: string): HubPaymentView;
  createRefund(request: CreateHubRefund): HubRefundView;
  refund(refundId: string): HubRefundView;
  holdsRefund(refundId: string): boolean;
  resumed(): Resumed[];
  scan(paymentId: string): void;
  /** Money moves: at most once per payment. */
  pay(paymentId: string): void;
  decline(paymentId: string): void;
  expire(paymentId: string): void;
  /** Paid after the end: claimable for a minute, then refunded. */
  payLate(paymentId: string): void;
  settleRefund(refundId: string, status: 'confirmed' | 'declined' | 'unknown'): void;
  /** A payment that the hub knows from the agent's own facts. */
  adopt(view: HubPaymentView): void;
  /** The database was restored without this payment. */
  forget(paymentId: string): void;
  change(paymentId: string, patch: Partial<HubPaymentView>): void;
  /** While set, a new payment gets no code: the bank has not answered yet. */
  holdCodes: boolean;
  /** Whether refunds are confirmed at once. */
  confirmsRefunds: boolean;
  readonly charges: string[];
}

export function createFakeHubPayments(clock: Clock, tell: (view: HubPaymentView) => void): FakeHubPayments {
  const views = new Map<string, HubPaymentView>();
  const requests = new Map<string, CreateHubPayment>();
  const refundRequests = new Map<string, CreateHubRefund>();
  const refunds = new Map<string, HubRefundView>();
  const charges: string[] = [];

  const must = (paymentId: string): HubPaymentView => {
    const view = views.get(paymentId);
    if (!view) throw new EdgeError('hub_not_found', 'no such payment');
    return view;
  };
  const change = (paymentId: string, patch: Partial<HubPaymentView>): HubPaymentView => {
    const before = must(paymentId);
    const next = { ...before, ...patch, version: before.version + 1 };
    views.set(paymentId, next);
    tell(next);
    return next;
  };
  const end = (paymentId: string, status: PaymentStatus, final: boolean) => change(paymentId, { status, final });
  const code = (paymentId: string) => ({
    status: 'awaiting_scan' as const,
    ...(must(paymentId).method === 'link'
      ? { link: { url: `https://pay.kaspi.kz/pay/${paymentId}`, methods: ['Gold'] } }
      : { qr: { token: `token-${paymentId}`, methods: ['Gold'] } }),
    bankPaymentId: `${1000 + views.size}`,
    expiresInMs: SCAN_WAIT_MS,
  });
  /** An invoice lies with the customer at once, and its end is a day away. */
  const sent = (phone: string) => ({
    status: 'awaiting_confirmation' as const,
    bankPaymentId: `${1000 + views.size}`,
    payerName: 'Айгерим Б.',
    phone,
    expiresInMs: INVOICE_LIFE_MS,
  });
  const saveRefund = (next: HubRefundView): HubRefundView => {
    refunds.set(next.refundId, next);
    const ofPayment = [...refunds.values()].filter((refund) => refund.paymentId === next.paymentId);
    const confirmed = ofPayment.filter((refund) => refund.status === 'confirmed');
    const refunded = Money.sum(confirmed.map((refund) => refund.amount));
    if (views.has(next.paymentId)) change(next.paymentId, { refunds: ofPayment, refunded });
    return next;
  };
  const model: FakeHubPayments = {
    holdCodes: false,
    confirmsRefunds: true,
    charges,
    find: (paymentId) => views.get(paymentId),
    all: () => [...views.values()],
    create(request) {
      const known = views.get(request.paymentId);
      if (known) return known;
      requests.set(request.paymentId, request);
      const { paymentId, method, amount, orderId, deviceId } = request;
      const view: HubPaymentView = {
        paymentId,
        method,
        amount,
        version: 1,
        status: 'created',
        final: false,
        refunded: Money.zero,
        createdAtMs: clock.nowMs(),
        refunds: [],
        ...(orderId === undefined ? {} : { orderId }),
        ...(deviceId === undefined ? {} : { deviceId }),
      };
      views.set(paymentId, view);
      if (model.holdCodes) return view;
      return change(paymentId, method === 'invoice' ? sent(request.phone ?? '') : code(paymentId));
    },
    cancel(paymentId) {
      const view = must(paymentId);
      if (view.method === 'invoice' && !view.final) return end(paymentId, 'cancelled', true);
      if (view.status === 'awaiting_confirmation') {
        throw refusal({ status: 409, code: 'customer_confirming', detail: 'the customer confirms', money: 'maybe' });
      }
      return view.final ? view : end(paymentId, 'cancelled', false);
    },
    refresh: (paymentId) => (must(paymentId).final ? must(paymentId) : change(paymentId, { refreshableInMs: 30_000 })),
    acceptLate(paymentId) {
      const { late } = must(paymentId);
      if (!late?.claimable) {
        const code = 'late_window_closed';
        throw refusal({ status: 409, code, detail: 'too late', hint: { kk: code, ru: code, en: code } });
      }
      return change(paymentId, { status: 'paid', final: true, late: { ...late, claimable: false } });
    },
    createRefund(request) {
      const known = refunds.get(request.refundId);
      if (known) return known;
      must(request.paymentId);
      refundRequests.set(request.refundId, request);
      const { refundId, paymentId, amount, reason } = request;
      const status = model.confirmsRefunds ? ('confirmed' as const) : ('sent' as const);
      const atMs = Math.floor(clock.nowMs());
      return saveRefund({ refundId, paymentId, amount, reason, status, createdAtMs: atMs, updatedAtMs: atMs });
    },
    holdsRefund: (refundId) => refunds.has(refundId),
    refund(refundId) {
      const found = refunds.get(refundId);
      if (!found) throw new EdgeError('hub_not_found', 'no such refund');
      return found;
    },
    resumed: () =>
      [...views.values()].flatMap((view) => {
        const request = requests.get(view.paymentId);
        const payment = { view, ...(request ? { keyHash: request.keyHash, bodyHash: request.bodyHash } : {}) };
        const keyed = view.refunds.flatMap((refund) => {
          const { keyHash, bodyHash } = refundRequests.get(refund.refundId) ?? {};
          return keyHash === undefined || bodyHash === undefined ? [] : [{ refund, keyHash, bodyHash }];
        });
        return [payment, ...keyed];
      }),
    scan: (paymentId) => void change(paymentId, { status: 'awaiting_confirmation' }),
    pay(paymentId) {
      charges.push(paymentId);
      change(paymentId, { status: 'paid', final: true, amountPaid: must(paymentId).amount });
    },
    decline: (paymentId) => void end(paymentId, 'failed', true),
    expire: (paymentId) => void end(paymentId, 'expired', false),
    payLate(paymentId) {
      charges.push(paymentId);
      const { amount } = must(paymentId);
      change(paymentId, { late: { amount, claimInMs: LATE_CLAIM_MS, claimable: true } });
    },
    settleRefund(refundId, status) {
      saveRefund({ ...model.refund(refundId), status, evidence: 'answer', updatedAtMs: Math.floor(clock.nowMs()) + 1 });
    },
    adopt: (view) => void views.set(view.paymentId, view),
    forget: (paymentId) => void views.delete(paymentId),
    change: (paymentId, patch) => void change(paymentId, patch),
  };
  return model;
}
