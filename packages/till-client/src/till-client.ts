import createFetchClient, { type Client } from 'openapi-fetch';
import { type Answer, type Asking, ask, type Stake } from './ask.ts';
import { type Delays, systemDelays } from './delay.ts';
import type { components, paths } from './gen/local-api.ts';

type Schemas = components['schemas'];
type OpenRefundSession = Schemas['OpenRefundSession'];
export type Payment = Schemas['Payment'];
export type Refund = Schemas['Refund'];
export type PaymentRequest = Schemas['CreatePayment'];
export type RefundRequest = Schemas['CreateRefund'];
export type RefundSession = Schemas['RefundSession'];
export type CustomerPurchase = Schemas['CustomerPurchases']['purchases'][number];

/** A long poll is answered within this; the agent allows 55. */
const WAIT_S = 25;

export interface TillClientSettings {
  /** Where the agent listens, such as `http://127.0.0.1:8088`. */
  url: string;
  /** The content of `dataDir/local-token`, or a token of `tolem-agent token add`. */
  token: string;
  fetch?: typeof fetch;
  delays?: Delays;
}

export interface CallOptions {
  /** Stops waiting for the answer; what was asked for goes on at the agent. */
  signal?: AbortSignal;
}

export interface WaitOptions extends CallOptions {
  /** Every state of the payment that is seen, the first one included. */
  onChange?: (payment: Payment) => void;
}

/**
 * The local API of tolem-agent for one till. Money is a decimal string in tenge (`"1500.00"`). Every method throws
 * `TillError`. Requests that nobody answered are sent again with the same key for 30 s, which never charges twice.
 */
export interface TillClient {
  /**
   * Asks for a payment. Store `key` (16 to 128 characters, best `crypto.randomUUID()`) with the sale *before* the call:
   * after a crash of the till the same key and request give the payment that was started.
   */
  pay(request: PaymentRequest, key: string, options?: CallOptions): Promise<Payment>;
  payment(id: string, options?: CallOptions): Promise<Payment>;
  /** Waits until the payment is `paid`, has ended without money, or is `unknown` (then: do not charge again). */
  untilSettled(id: string, options?: WaitOptions): Promise<Payment>;
  /** Stops waiting for the customer. Look at `mayStillBePaid`: who has seen the code may still pay. */
  cancel(id: string, options?: CallOptions): Promise<Payment>;
  /** Takes money that came after the end, while `late.claimable`. */
  acceptLate(id: string, options?: CallOptions): Promise<Payment>;
  /** Asks the bank about an invoice, because a person wants to know. */
  refresh(id: string, options?: CallOptions): Promise<Payment>;
  /** Gives money back, all that is left without an amount; the token needs the scope `refund`. `key` as in `pay`. */
  refund(paymentId: string, request: RefundRequest, key: string, options?: CallOptions): Promise<Refund>;
  /** Waits until the refund is `confirmed`, `declined` or `unknown`. */
  untilRefunded(refundId: string, options?: CallOptions): Promise<Refund>;
  /** Whose phone it is, for the cashier to confirm before an invoice. At most 50 a minute for each Kaspi device. */
  payerName(phone: string, options?: CallOptions): Promise<string>;
  /** Scheme 2: shows the customer a code (`qr.token`) by which the bank comes to know them. Moves no money. */
  openRefundSession(request?: OpenRefundSession, options?: CallOptions): Promise<RefundSession>;
  /** Waits until the session is `customer_known`, `expired` or `failed`. */
  untilCustomerKnown(sessionId: string, options?: CallOptions): Promise<RefundSession>;
  /** The last purchases of the known customer, at most ten. Refund one of them with `refundSessionId` in `refund`. */
  customerPurchases(sessionId: string, options?: CallOptions): Promise<CustomerPurchase[]>;
  /** The code to show, as SVG. */
  codeImage(paymentId: string, options?: CallOptions): Promise<string>;
  /** Every other route of the contract, typed, without repetition. */
  readonly routes: Client<paths>;
}

const SETTLED: ReadonlySet<Payment['status']> = new Set(['paid', 'failed', 'expired', 'cancelled', 'unknown']);
const REFUND_SETTLED: ReadonlySet<Refund['status']> = new Set(['confirmed', 'declined', 'unknown']);

export function isSettled(payment: Payment): boolean {
  return SETTLED.has(payment.status);
}

export function createTillClient(settings: TillClientSettings): TillClient {
  const routes = createFetchClient<paths>({
    baseUrl: settings.url.replace(/\/+$/, ''),
    headers: { authorization: `Bearer ${settings.token}` },
    ...(settings.fetch === undefined ? {} : { fetch: settings.fetch }),
  });
  const delays = settings.delays ?? systemDelays;
  const asking = (stake: Stake, options: CallOptions = {}): Asking => ({ delays, signal: options.signal, stake });
  const act = <Data>(options: CallOptions | undefined, send: (signal: AbortSignal) => Promise<Answer<Data>>) =>
    ask(asking('acts', options), send);
  const read = <Data>(options: CallOptions | undefined, send: (signal: AbortSignal) => Promise<Answer<Data>>) =>
    ask(asking('asks', options), send);
  const look = <Data>(options: CallOptions | undefined, send: (signal: AbortSignal) => Promise<Answer<Data>>) =>
    ask(asking('follows', options), send);

  return {
    routes,
    pay: (body, key, options) =>
      act(options, (signal) =>
        routes.POST('/v1/payments', { params: { header: { 'idempotency-key': key } }, body, signal }),
      ),
    payment: (id, options) =>
      look(options, (signal) => routes.GET('/v1/payments/{id}', { params: { path: { id } }, signal })),
    cancel: (id, options) =>
      act(options, (signal) => routes.POST('/v1/payments/{id}/cancel', { params: { path: { id } }, body: {}, signal })),
    acceptLate: (id, options) =>
      act(options, (signal) =>
        routes.POST('/v1/payments/{id}/accept-late', { params: { path: { id } }, body: {}, signal }),
      ),
    refresh: (id, options) =>
      act(options, (signal) =>
        routes.POST('/v1/payments/{id}/refresh', { params: { path: { id } }, body: {}, signal }),
      ),
    refund: (id, body, key, options) =>
      act(options, (signal) =>
        routes.POST('/v1/payments/{id}/refunds', {
          params: { path: { id }, header: { 'idempotency-key': key } },
          body,
          signal,
        }),
      ),
    async payerName(phone, options) {
      const params = { query: { phone } };
      return (await read(options, (signal) => routes.GET('/v1/payers', { params, signal }))).clientName;
    },
    openRefundSession: (body = {}, options) =>
      read(options, (signal) => routes.POST('/v1/refund-sessions', { body, signal })),
    untilCustomerKnown: (id, options) =>
      follow(
        (after) => waitForSession(id, after, options),
        (session) => session.status !== 'awaiting_customer',
      ),
    async customerPurchases(id, options) {
      const params = { path: { id } };
      const found = await read(options, (signal) =>
        routes.GET('/v1/refund-sessions/{id}/purchases', { params, signal }),
      );
      return found.purchases;
    },
    codeImage: (id, options) =>
      look(options, (signal) =>
        routes.GET('/v1/payments/{id}/qr.svg', { params: { path: { id } }, parseAs: 'text', signal }),
      ) as Promise<string>,
    untilSettled: (id, options) => follow((after) => waitForPayment(id, after, options), isSettled, options?.onChange),
    untilRefunded: (id, options) =>
      follow(
        (after) => waitForRefund(id, after, options),
        (refund) => REFUND_SETTLED.has(refund.status),
      ),
  };

  function waitForPayment(id: string, after: string, options: CallOptions | undefined): Promise<Payment> {
    const params = { path: { id }, query: { wait: String(WAIT_S), after } };
    return look(options, (signal) => routes.GET('/v1/payments/{id}', { params, signal }));
  }
  function waitForSession(id: string, after: string, options: CallOptions | undefined): Promise<RefundSession> {
    const params = { path: { id }, query: { wait: String(WAIT_S), after } };
    return read(options, (signal) => routes.GET('/v1/refund-sessions/{id}', { params, signal }));
  }
  function waitForRefund(id: string, after: string, options: CallOptions | undefined): Promise<Refund> {
    const params = { path: { id }, query: { wait: String(WAIT_S), after } };
    return look(options, (signal) => routes.GET('/v1/refunds/{id}', { params, signal }));
  }
}

/** Asks for the next version again and again; the agent answers at a change or after 25 s, so this does not spin. */
async function follow<Seen extends { version: number }>(
  next: (after: string) => Promise<Seen>,
  isEnd: (seen: Seen) => boolean,
  onChange?: (seen: Seen) => void,
): Promise<Seen> {
  let version = 0;
  for (;;) {
    const seen = await next(String(version));
    if (seen.version !== version) onChange?.(seen);
    if (isEnd(seen)) return seen;
    version = seen.version;
  }
}
