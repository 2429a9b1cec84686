import type { Context } from '@tolem/base';
import { refusal } from './fake-payment-service.ts';
import type { HubOffer } from './hub/hub-offer.ts';
import type { Payment } from './payment/payment.ts';
import {
  type CustomerPurchase,
  isSessionOver,
  type RefundSession,
  type RefundSessionService,
} from './refund-session/refund-session.ts';

const SCAN_WAIT_MS = 180_000;
const KNOWN_MS = 300_000;

export interface FakeRefundSessions extends RefundSessionService {
  setOffer(offer: HubOffer | undefined): void;
  setHubAway(isAway: boolean): void;
  change(refundSessionId: string, patch: Partial<RefundSession>): RefundSession;
  /** The customer has scanned the code. */
  scan(refundSessionId: string): void;
  expire(refundSessionId: string): void;
  all(): RefundSession[];
  /** What this customer has bought, besides the payments made here. */
  readonly elsewhere: CustomerPurchase[];
  /** Throws the refusal unless the scheme's wishes for a refund are met. */
  mustFit(refundSessionId: string | undefined): void;
}

/** Refund sessions in memory that obey the contract of `RefundSessionService`; the customer is played by its controls. */
export function createFakeRefundSessions(parts: { context: Context; payments(): Payment[] }): FakeRefundSessions {
  const { clock, ids } = parts.context;
  const sessions = new Map<string, RefundSession>();
  const listeners = new Set<(session: RefundSession) => void>();
  let offer: HubOffer | undefined = { scheme: 3, methods: ['qr', 'link', 'invoice'], refunds: 'without_customer' };
  let isHubAway = false;

  const get = (refundSessionId: string): RefundSession => {
    const session = sessions.get(refundSessionId);
    if (!session) throw refusal(404, 'refund_session_unknown', 'no refund session has this id');
    return session;
  };
  const store = (session: RefundSession): RefundSession => {
    sessions.set(session.refundSessionId, session);
    for (const listener of [...listeners]) listener(session);
    return session;
  };
  const onChange: RefundSessionService['onChange'] = (listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const mustKnow = (refundSessionId: string): void => {
    const session = get(refundSessionId);
    if (isSessionOver(session)) throw refusal(409, 'refund_session_over', `the session is ${session.status}`);
    if (session.status !== 'customer_known') throw refusal(409, 'customer_not_known', 'nobody has scanned the code');
  };
  const model: FakeRefundSessions = {
    elsewhere: [],
    onChange,
    offer: () => offer,
    setOffer: (next) => {
      offer = next;
    },
    setHubAway: (next) => {
      isHubAway = next;
    },
    async open({ deviceId = 'till-1' }) {
      if (isHubAway) throw refusal(503, 'hub_unreachable', 'the hub cannot be reached', { retry: 'after' });
      if (offer?.refunds === 'none') throw refusal(409, 'refunds_not_offered', 'not under this scheme');
      if (offer?.refunds === 'without_customer') throw refusal(409, 'refund_session_not_needed', 'not needed');
      const refundSessionId = ids.uuid();
      const nowMs = clock.nowMs();
      return store({
        refundSessionId,
        deviceId,
        version: 1,
        status: 'awaiting_customer',
        qrToken: '61236903777280167836178166503744993984460',
        expiresAtMs: nowMs + SCAN_WAIT_MS,
        createdAtMs: nowMs,
      });
    },
    find: async (refundSessionId) => get(refundSessionId),
    async waitForChange(refundSessionId, afterVersion, waitMs, signal) {
      if (get(refundSessionId).version > afterVersion) return get(refundSessionId);
      const waiting = new AbortController();
      const stop = onChange((session) => session.refundSessionId === refundSessionId && waiting.abort());
      const signals = signal ? [waiting.signal, signal] : [waiting.signal];
      await clock.sleep(waitMs, AbortSignal.any(signals)).catch(() => undefined);
      stop();
      return get(refundSessionId);
    },
    async purchases(refundSessionId) {
      mustKnow(refundSessionId);
      return [
        ...parts
          .payments()
          .filter((one) => one.status === 'paid')
          .map(purchaseOf),
        ...model.elsewhere,
      ]
        .sort((a, b) => (b.atMs ?? 0) - (a.atMs ?? 0))
        .slice(0, 10);
    },
    change(refundSessionId, patch) {
      const before = get(refundSessionId);
      return store({ ...before, ...patch, version: before.version + 1 });
    },
    scan(refundSessionId) {
      const { qrToken: _, ...rest } = get(refundSessionId);
      sessions.set(refundSessionId, rest);
      model.change(refundSessionId, { status: 'customer_known', expiresAtMs: clock.nowMs() + KNOWN_MS });
    },
    expire(refundSessionId) {
      const { qrToken: _, expiresAtMs: __, ...rest } = get(refundSessionId);
      sessions.set(refundSessionId, rest);
      model.change(refundSessionId, { status: 'expired', statusReason: 'not_scanned' });
    },
    all: () => [...sessions.values()],
    mustFit(refundSessionId) {
      if (offer?.refunds === 'none') throw refusal(409, 'refunds_not_offered', 'not under this scheme');
      if (offer?.refunds !== 'with_customer') return;
      if (refundSessionId === undefined) throw refusal(409, 'customer_required', 'open a refund session');
      mustKnow(refundSessionId);
    },
  };
  return model;
}

function purchaseOf(payment: Payment): CustomerPurchase {
  const available = payment.amount.minus(payment.refunded);
  const { paymentId, amount, bankPaymentId = '', paidAtMs = payment.createdAtMs } = payment;
  const told = { bankPaymentId, amount, atMs: paidAtMs, paymentId };
  return available.isPositive
    ? { ...told, available, refundable: true }
    : { ...told, refundable: false, reason: 'fully_refunded' };
}
