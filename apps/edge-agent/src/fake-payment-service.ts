import { type Context, Money, type PaymentStatus, type Problem, ProblemError } from '@tolem/base';
import type { Payment } from './payment/payment.ts';
import type { CreatePayment, PaymentFilter, PaymentService } from './payment/payment-service.ts';
import type { Refund } from './refund/refund.ts';

/** How long the fake's customer may take, as in the bank's examples [QR 3.9 §2.3.1]. */
const SCAN_WAIT_MS = 180_000;
const CONFIRM_WAIT_MS = 65_000;
const LATE_ACCEPT_MS = 60_000;
const INVOICE_LIFE_MS = 86_400_000;
const REFRESH_MS = 30_000;

export interface FakePayments extends PaymentService {
  /** Changes the payment as the bank, the terminal or time would. */
  change(paymentId: string, patch: Partial<Payment>): Payment;
  scan(paymentId: string): void;
  pay(paymentId: string): void;
  /** Money after the end: claimable for a minute, never `paid` by a read. */
  payLate(paymentId: string): void;
  setHubAway(isAway: boolean): void;
  /** The next `create` is performed, but its answer never comes. */
  loseNextAnswer(): void;
  all(): Payment[];
  /** Who had the bank asked about what. */
  readonly refreshed: Array<{ paymentId: string; by: string }>;
}

export interface FakePaymentsParts {
  context: Context;
  refundsOf(paymentId: string): Refund[];
  /** A refusal of the terminal to begin, such as `terminal_busy`. */
  terminalRefusal(terminalId: string | undefined): Problem | undefined;
}

/** Payments in memory that obey the contract of `PaymentService`; the outside world is played by its controls. */
export function createFakePayments(parts: FakePaymentsParts): FakePayments {
  const { clock, ids } = parts.context;
  const payments = new Map<string, Payment>();
  const keys = new Map<string, { paymentId: string; bodyHash: string }>();
  const listeners = new Set<(payment: Payment) => void>();
  const refreshed: FakePayments['refreshed'] = [];
  let isHubAway = false;
  let losesAnswer = false;

  const get = (paymentId: string): Payment => {
    const payment = payments.get(paymentId);
    if (!payment) throw refusal(404, 'payment_unknown', 'no payment has this id');
    return payment;
  };
  const store = (payment: Payment): Payment => {
    payments.set(payment.paymentId, payment);
    for (const listener of [...listeners]) listener(payment);
    return payment;
  };
  const change = (paymentId: string, patch: Partial<Payment>): Payment => {
    const before = get(paymentId);
    return store({ ...before, ...patch, version: before.version + 1, updatedAtMs: clock.nowMs() });
  };
  const expireUnless = (paymentId: string, status: PaymentStatus, delayMs: number) =>
    clock.after(delayMs, () => {
      if (get(paymentId).status === status) change(paymentId, { status: 'expired' });
    });

  return {
    change,
    async create(request) {
      const known = keys.get(`${request.token} ${request.idempotencyKey}`);
      if (known && known.bodyHash !== request.bodyHash) {
        throw refusal(409, 'key_conflict', 'this key was used with another body', { paymentId: known.paymentId });
      }
      if (known) return { payment: get(known.paymentId), repeated: true };
      const refused = startRefusal(request, isHubAway, parts);
      if (refused) throw new ProblemError(refused);
      const payment = store(newPayment(request, ids.uuid(), clock.nowMs()));
      keys.set(`${request.token} ${request.idempotencyKey}`, {
        paymentId: payment.paymentId,
        bodyHash: request.bodyHash,
      });
      if (payment.method === 'qr' || payment.method === 'link')
        expireUnless(payment.paymentId, 'awaiting_scan', SCAN_WAIT_MS);
      if (losesAnswer) {
        losesAnswer = false;
        throw new Error('the fake loses this answer');
      }
      return { payment, repeated: false };
    },
    get,
    waitForChange(paymentId, afterVersion, waitMs, signal) {
      return new Promise((resolve) => {
        const done = () => {
          timer.cancel();
          listeners.delete(listener);
          signal?.removeEventListener('abort', done);
          resolve(get(paymentId));
        };
        const listener = (payment: Payment) => {
          if (payment.paymentId === paymentId && payment.version > afterVersion) done();
        };
        const timer = clock.after(waitMs, done);
        listeners.add(listener);
        signal?.addEventListener('abort', done, { once: true });
        if (get(paymentId).version > afterVersion || signal?.aborted) done();
      });
    },
    recordCollected(paymentId) {
      if (get(paymentId).collectedAtMs === undefined) change(paymentId, { collectedAtMs: clock.nowMs() });
    },
    async cancel(paymentId) {
      const payment = get(paymentId);
      if (payment.method === 'terminal' && !payment.final) {
        throw refusal(409, 'cancel_at_terminal', 'only the terminal itself can stop its payment');
      }
      if (payment.method === 'invoice' && !payment.final)
        return change(paymentId, { status: 'cancelled', final: true });
      if (payment.status === 'awaiting_confirmation') {
        throw refusal(409, 'customer_confirming', 'the customer is confirming the payment');
      }
      return payment.status === 'awaiting_scan' ? change(paymentId, { status: 'cancelled' }) : payment;
    },
    async refresh(paymentId, by) {
      const payment = get(paymentId);
      const waitMs = (payment.refreshableAtMs ?? 0) - clock.nowMs();
      if (waitMs > 0) {
        const more = { retry: 'after', retryAfterS: Math.ceil(waitMs / 1_000), paymentId } as const;
        throw refusal(429, 'refresh_too_soon', 'the bank was asked a moment ago', more);
      }
      refreshed.push({ paymentId, by });
      return payment.final ? payment : change(paymentId, { refreshableAtMs: clock.nowMs() + REFRESH_MS });
    },
    async findPayer({ phone }) {
      if (phone.endsWith('0404')) throw refusal(422, 'payer_not_found', 'the bank knows no customer under this number');
      return { clientName: 'Айгерим Б.' };
    },
    async acceptLate(paymentId) {
      const { late } = get(paymentId);
      if (!late?.claimable || late.claimUntilMs < clock.nowMs()) {
        throw refusal(409, 'late_not_claimable', 'there is no late money to take');
      }
      return change(paymentId, {
        status: 'paid',
        final: true,
        paidAtMs: clock.nowMs(),
        late: { ...late, claimable: false },
      });
    },
    async resolve(paymentId, { outcome, by, reason }) {
      const { status, statusReason } = get(paymentId);
      const isAsked = status === 'unknown' || statusReason === 'status_unlisted';
      if (!isAsked) throw refusal(409, 'not_unknown', 'only an unknown payment is settled');
      return change(paymentId, {
        status: outcome === 'paid' ? 'paid' : 'failed',
        final: true,
        evidence: 'person',
        resolvedBy: by,
        resolvedReason: reason,
        ...(outcome === 'paid' ? { paidAtMs: clock.nowMs() } : {}),
      });
    },
    search: (filter) => searchPayments([...payments.values()], filter),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    refundsOf: parts.refundsOf,
    scan(paymentId) {
      change(paymentId, { status: 'awaiting_confirmation', expiresAtMs: clock.nowMs() + CONFIRM_WAIT_MS });
      expireUnless(paymentId, 'awaiting_confirmation', CONFIRM_WAIT_MS);
    },
    pay: (paymentId) => void change(paymentId, { status: 'paid', final: true, paidAtMs: clock.nowMs() }),
    payLate(paymentId) {
      const { amount } = get(paymentId);
      change(paymentId, { late: { amount, claimable: true, claimUntilMs: clock.nowMs() + LATE_ACCEPT_MS } });
    },
    setHubAway(isAway) {
      isHubAway = isAway;
    },
    loseNextAnswer() {
      losesAnswer = true;
    },
    all: () => [...payments.values()],
    refreshed,
  };
}

function startRefusal(request: CreatePayment, isHubAway: boolean, parts: FakePaymentsParts): Problem | undefined {
  if (request.method === 'terminal') return parts.terminalRefusal(request.terminalId);
  if (isHubAway) {
    const { problem } = refusal(503, 'hub_unreachable', 'the hub cannot be reached; nothing was started');
    return { ...problem, retry: 'after', retryAfterS: 5 };
  }
  return undefined;
}

function newPayment(request: CreatePayment, paymentId: string, nowMs: number): Payment {
  const isTerminal = request.method === 'terminal';
  const isInvoice = request.method === 'invoice';
  return {
    paymentId,
    ...(request.orderId === undefined ? {} : { orderId: request.orderId }),
    ...(request.comment === undefined ? {} : { comment: request.comment }),
    method: request.method,
    amount: request.amount,
    status: isTerminal || isInvoice ? 'awaiting_confirmation' : 'awaiting_scan',
    ...(request.phone === undefined ? {} : { phone: request.phone, payerName: 'Айгерим Б.' }),
    final: false,
    version: 1,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    refunded: Money.zero,
    hubVersion: 0,
    ...(isTerminal
      ? {
          terminal: {
            terminalId: request.terminalId ?? 'front',
            processId: '20',
            subStatus: 'WaitUser',
            start: 'answered',
          },
        }
      : {
          expiresAtMs: nowMs + (isInvoice ? INVOICE_LIFE_MS : SCAN_WAIT_MS),
          deviceId: request.deviceId ?? 'till-1',
          bankPaymentId: '15',
          ...(isInvoice ? {} : codeOf(request.method)),
        }),
  };
}

/** As in the bank's examples [QR 3.9 §4.3.1, §4.3.2]. */
function codeOf(method: Payment['method']): Partial<Payment> {
  const token = '51236903777280167836178166503744993984459';
  const methods = ['Gold', 'Red', 'Loan'];
  return method === 'link'
    ? { link: { url: `https://pay.kaspi.kz/pay/${token}`, methods } }
    : { qr: { token, methods } };
}

function searchPayments(all: Payment[], filter: PaymentFilter): { payments: Payment[]; nextCursor?: string } {
  const wanted = all
    .filter((payment) => filter.orderId === undefined || payment.orderId === filter.orderId)
    .filter((payment) => filter.status === undefined || filter.status.includes(payment.status))
    .reverse();
  const from = filter.cursor === undefined ? 0 : wanted.findIndex((payment) => payment.paymentId === filter.cursor) + 1;
  const page = wanted.slice(from, from + filter.limit);
  const last = page.at(-1);
  return from + page.length < wanted.length && last
    ? { payments: page, nextCursor: last.paymentId }
    : { payments: page };
}

/** A refusal in which no money moved. */
export function refusal(status: number, code: string, detail: string, more: Partial<Problem> = {}): ProblemError {
  const hint = { kk: code, ru: code, en: code };
  return new ProblemError({ status, code, detail, money: 'none', retry: 'never', hint, ...more });
}
