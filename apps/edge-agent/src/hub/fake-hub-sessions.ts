import { type Clock, Money } from '@tolem/base';
import { EdgeError } from '../edge-error.ts';
import { refusal } from '../payment/problems.ts';
import type { FakeHubPayments } from './fake-hub-payments.ts';
import type { CreateHubRefund, HubPaymentView } from './hub-link.ts';
import type { HubCustomerPurchase, HubRefundSessionView } from './hub-refund-sessions.ts';

/** How long the fake's customer may take to scan, and the cashier with a known customer. */
const SCAN_WAIT_MS = 180_000;
const KNOWN_MS = 300_000;

/** The refund sessions that the fake hub holds, and what the customer does. */
export interface FakeHubSessions {
  open(request: { refundSessionId: string; deviceId: string }): HubRefundSessionView;
  get(refundSessionId: string): HubRefundSessionView;
  waitForChange(refundSessionId: string, afterVersion: number, waitMs: number): Promise<void>;
  purchases(refundSessionId: string): HubCustomerPurchase[];
  /** Refuses a refund whose customer is not known. */
  mustCover(request: CreateHubRefund): void;
  all(): HubRefundSessionView[];
  scan(refundSessionId: string): void;
  expire(refundSessionId: string): void;
  change(refundSessionId: string, patch: Partial<HubRefundSessionView>): void;
  forget(refundSessionId: string): void;
  /** What this customer has bought elsewhere. */
  readonly elsewhere: HubCustomerPurchase[];
}

export function createFakeHubSessions(clock: Clock, payments: FakeHubPayments): FakeHubSessions {
  const sessions = new Map<string, HubRefundSessionView>();
  const waiting = new Set<() => void>();

  const get = (refundSessionId: string): HubRefundSessionView => {
    const session = sessions.get(refundSessionId);
    if (!session) throw new EdgeError('hub_not_found', 'no such refund session');
    return session;
  };
  const change = (refundSessionId: string, patch: Partial<HubRefundSessionView>): void => {
    const before = get(refundSessionId);
    sessions.set(refundSessionId, { ...before, ...patch, version: before.version + 1 });
    for (const wake of [...waiting]) wake();
  };
  const withoutCode = ({ qrToken: _, expiresInMs: __, ...rest }: HubRefundSessionView) => rest;
  const model: FakeHubSessions = {
    elsewhere: [],
    get,
    change,
    all: () => [...sessions.values()],
    open({ refundSessionId, deviceId }) {
      const known = sessions.get(refundSessionId);
      if (known) return known;
      const opened: HubRefundSessionView = {
        refundSessionId,
        deviceId,
        version: 1,
        status: 'awaiting_customer',
        qrToken: `refund-${refundSessionId}`,
        expiresInMs: SCAN_WAIT_MS,
        createdAtMs: clock.nowMs(),
      };
      sessions.set(refundSessionId, opened);
      return opened;
    },
    async waitForChange(refundSessionId, afterVersion, waitMs) {
      const isNews = () => (sessions.get(refundSessionId)?.version ?? 0) > afterVersion;
      if (isNews() || waitMs <= 0) return;
      await new Promise<void>((resolve) => {
        const done = () => {
          timer.cancel();
          waiting.delete(look);
          resolve();
        };
        const look = () => (isNews() || !sessions.has(refundSessionId)) && done();
        const timer = clock.after(waitMs, done);
        waiting.add(look);
      });
    },
    purchases(refundSessionId) {
      if (get(refundSessionId).status !== 'customer_known') {
        throw refusal({ status: 409, code: 'customer_not_known', detail: 'nobody has scanned the code' });
      }
      const paid = payments.all().filter((view) => view.status === 'paid');
      return [...paid.map(purchaseOf), ...model.elsewhere].sort((a, b) => (b.atMs ?? 0) - (a.atMs ?? 0)).slice(0, 10);
    },
    mustCover({ refundSessionId = '' }) {
      const status = sessions.get(refundSessionId)?.status;
      if (status === 'customer_known') return;
      const code = refundSessionId === '' ? 'customer_required' : 'refund_session_over';
      throw refusal({ status: 409, code, detail: 'the customer is not known' });
    },
    scan: (id) => {
      sessions.set(id, withoutCode(get(id)));
      change(id, { status: 'customer_known', expiresInMs: KNOWN_MS });
    },
    expire: (id) => {
      sessions.set(id, withoutCode(get(id)));
      change(id, { status: 'expired', statusReason: 'not_scanned' });
    },
    forget(id) {
      sessions.delete(id);
      for (const wake of [...waiting]) wake();
    },
  };
  return model;
}

function purchaseOf(view: HubPaymentView): HubCustomerPurchase {
  const available = view.amount.minus(view.refunded);
  const told = {
    bankPaymentId: view.bankPaymentId ?? '',
    amount: view.amount,
    atMs: view.createdAtMs,
    paymentId: view.paymentId,
  };
  return available.compare(Money.zero) > 0
    ? { ...told, available, refundable: true }
    : { ...told, available, refundable: false, reason: 'fully_refunded' };
}
