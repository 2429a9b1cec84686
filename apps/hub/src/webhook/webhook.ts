import type { Caller } from '../caller.ts';
import type { EventType } from '../event/hub-event.ts';

/** What an endpoint gets that names none: how payments and refunds ended, late money, cases. */
export const DEFAULT_EVENTS: readonly EventType[] = [
  'payment.paid',
  'payment.failed',
  'payment.expired',
  'payment.cancelled',
  'payment.unknown',
  'payment.late',
  'refund.confirmed',
  'refund.declined',
  'refund.unknown',
  'case.opened',
  'case.closed',
];

/** A program of the chain's own that is told what happens, as the configuration names it. */
export interface WebhookEndpoint {
  endpointId: string;
  url: string;
  events: readonly EventType[];
}

/**
 * - `waiting`: entered with the event, and by a replay; waits for its turn behind its payment's earlier events and for
 *   `nextAtMs`; left by an answer of 2xx, or by a failure after `webhookGiveUpMs`.
 * - `delivered`: the receiver has answered 2xx.
 * - `given_up`: nobody answered 2xx for days; a person may replay it.
 */
export const DELIVERY_STATES = ['waiting', 'delivered', 'given_up'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One event on its way to one endpoint. */
export interface NewDelivery {
  endpointId: string;
  eventId: string;
  type: string;
  /** What is ordered: the payment, or a case that belongs to none. */
  subject: string;
  /** The exact text that is sent, with every attempt and replay. */
  body: string;
  atMs: number;
  state: DeliveryState;
  attempts: number;
  /** Since when it is tried: the event's moment, or that of its replay. */
  sinceMs: number;
  nextAtMs: number;
  /** Who sends it: at first the instance that made the event, which then needs no write to claim it. */
  owner?: { instance: string; generation: number };
}

export interface Delivery extends NewDelivery {
  /** The order of events of one payment; unique. */
  position: number;
  /** A status such as `500`, or a word such as `timeout`: what the last attempt came to. */
  lastAnswer?: string;
  triedAtMs?: number;
  deliveredAtMs?: number;
}

/** What came of one attempt; `answer` is the status or a word for why there is none. */
export interface SendOutcome {
  isTaken: boolean;
  answer: string;
}

export interface SendRequest {
  endpointId: string;
  url: string;
  eventId: string;
  type: string;
  attempt: number;
  body: string;
}

/** The port to the endpoints: signs, posts once, never rejects. */
export type SendWebhook = (request: SendRequest) => Promise<SendOutcome>;

/** How an endpoint fares. */
export interface EndpointState extends WebhookEndpoint {
  waiting: number;
  givenUp: number;
  oldestWaitingAtMs?: number;
  /** What this instance's last attempt came to; absent before the first. */
  last?: { atMs: number; isTaken: boolean; answer: string };
}

export interface DeliveryFilter {
  endpointId?: string;
  state?: DeliveryState;
  /** A payment's id, or that of a case without a payment. */
  subject?: string;
  limit: number;
  cursor?: string;
}

/** Which events to send again: one by its id, or all of a span of time (`fromMs` inclusive, `untilMs` exclusive). */
export interface Replay {
  endpointId: string;
  eventId?: string;
  fromMs?: number;
  untilMs?: number;
  /** Only those in this state. */
  state?: DeliveryState;
}

export interface WebhookService {
  endpoints(): Promise<EndpointState[]>;
  /** Newest first. */
  deliveries(filter: DeliveryFilter): Promise<{ deliveries: Delivery[]; nextCursor?: string }>;
  /**
   * Sends events again, under their ids and with their bodies, in order for each payment; also those which only other endpoints
   * had, where this one takes their types. Returns how many. Rejects with `webhook_unknown`, `webhook_replay_too_large`.
   */
  replay(caller: Caller, replay: Replay): Promise<number>;
  /** Sends a `webhook.test` event at once, outside every order. */
  test(caller: Caller, endpointId: string): Promise<SendOutcome & { tookMs: number }>;
}
