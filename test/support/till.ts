import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Answer, callJson, expectOk } from './json-client.ts';
import { eventually } from './program.ts';

/** A payment as the local API shows it. */
export interface TillPayment {
  id: string;
  status: string;
  statusReason?: string;
  amount: string;
  bankPaymentId?: string;
  qr?: { token: string; methods: string[] };
  link?: string;
  phone?: string;
  payerName?: string;
  refreshableInS?: number;
  paymentMethods?: string[];
  terminal?: { id: string; processId?: string; subStatus?: string };
  refunds: TillRefund[];
  refundedAmount?: string;
  late?: { amount: string; claimable?: boolean; refund?: unknown };
  final?: boolean;
}

export interface TillRefund {
  id: string;
  amount: string;
  status: string;
  statusReason?: string;
  evidence?: string;
}

/** A refund with the customer, as the local API shows it. */
export interface TillRefundSession {
  id: string;
  status: string;
  statusReason?: string;
  version: number;
  qr?: { token: string };
  expiresInS?: number;
}

export interface TillPurchase {
  bankPaymentId: string;
  amount: string;
  paymentId?: string;
  available?: string;
  refundable: boolean;
  reason?: string;
}

/** A till: what a cashier's program does with the local API. */
export interface Till {
  readonly url: string;
  readonly token: string;
  /** POST /payments; a fresh key unless one is given. */
  ask(body: Record<string, unknown>, key?: string): Promise<Answer<TillPayment & Record<string, unknown>>>;
  pay(body: Record<string, unknown>, key?: string): Promise<TillPayment>;
  get(id: string): Promise<TillPayment>;
  waitFor(id: string, wanted: string | ((payment: TillPayment) => boolean), limitMs?: number): Promise<TillPayment>;
  post(id: string, action: string, body?: unknown, key?: string, token?: string): Promise<Answer>;
  refund(
    id: string,
    amount: string | undefined,
    options?: RefundOptions,
  ): Promise<Answer<TillRefund & Record<string, unknown>>>;
  waitForRefund(refundId: string, status: string, limitMs?: number): Promise<TillRefund>;
  /** Shows a refund code. */
  openRefundSession(): Promise<TillRefundSession>;
  waitForSession(id: string, status: string, limitMs?: number): Promise<TillRefundSession>;
  /** What the customer who is known has bought. */
  customerPurchases(sessionId: string): Promise<TillPurchase[]>;
  health(): Promise<Record<string, unknown>>;
  call(path: string, request?: Parameters<typeof callJson>[1]): Promise<Answer>;
}

export interface RefundOptions {
  key?: string;
  refundSessionId?: string;
  token?: string;
}

export function createTill(address: () => string, tokenFile: string): Till {
  const url = (path: string) => `http://${address()}/v1${path}`;
  const token = () => readFileSync(tokenFile, 'utf8').trim();
  const till: Till = {
    get url() {
      return `http://${address()}`;
    },
    get token() {
      return token();
    },
    ask: (body, key = randomUUID()) => callJson(url('/payments'), { body, key, token: token() }),
    async pay(body, key) {
      const answer = await till.ask(body, key);
      if (answer.status >= 300) throw new Error(`not started: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    get: (id) => expectOk<TillPayment>(url(`/payments/${id}`), { token: token() }),
    waitFor(id, wanted, limitMs) {
      let last: TillPayment | undefined;
      const matches = typeof wanted === 'string' ? (p: TillPayment) => p.status === wanted : wanted;
      return eventually(
        `payment ${id} is ${wanted}`,
        async () => {
          last = await till.get(id).catch(() => undefined);
          return last && matches(last) ? last : undefined;
        },
        limitMs,
      ).catch((error: unknown) => {
        throw new Error(`${String(error)}; last seen: ${JSON.stringify(last)}`);
      });
    },
    post: (id, action, body = {}, key = randomUUID(), otherToken = token()) =>
      callJson(url(`/payments/${id}/${action}`), { body, key, token: otherToken }),
    refund: (id, amount, options = {}) =>
      callJson(url(`/payments/${id}/refunds`), {
        body: {
          ...(amount === undefined ? {} : { amount }),
          ...(options.refundSessionId === undefined ? {} : { refundSessionId: options.refundSessionId }),
          reason: 'the customer changed their mind',
        },
        key: options.key ?? randomUUID(),
        token: options.token ?? token(),
      }),
    waitForRefund(refundId, status, limitMs) {
      let last: TillRefund | undefined;
      return eventually(
        `refund ${refundId} is ${status}`,
        async () => {
          last = await expectOk<TillRefund>(url(`/refunds/${refundId}`), { token: token() }).catch(() => undefined);
          return last?.status === status ? last : undefined;
        },
        limitMs,
      ).catch((error: unknown) => {
        throw new Error(`${String(error)}; last seen: ${JSON.stringify(last)}`);
      });
    },
    openRefundSession: () => expectOk(url('/refund-sessions'), { body: {}, token: token() }),
    waitForSession(id, status, limitMs) {
      let last: TillRefundSession | undefined;
      return eventually(
        `refund session ${id} is ${status}`,
        async () => {
          const answer = await callJson<TillRefundSession>(url(`/refund-sessions/${id}`), { token: token() });
          last = answer.status < 300 ? answer.body : last;
          return last?.status === status ? last : undefined;
        },
        limitMs,
      ).catch((error: unknown) => {
        throw new Error(`${String(error)}; last seen: ${JSON.stringify(last)}`);
      });
    },
    async customerPurchases(sessionId) {
      const path = `/refund-sessions/${sessionId}/purchases`;
      return (await expectOk<{ purchases: TillPurchase[] }>(url(path), { token: token() })).purchases;
    },
    health: () => expectOk(url('/health'), { token: token() }),
    call: (path, request = {}) => callJson(url(path), { token: token(), ...request }),
  };
  return till;
}
