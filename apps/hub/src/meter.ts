/** The port for figures; `metrics` turns them into Prometheus series. Names are snake case and carry their unit. */
export interface Meter {
  count(name: CounterName, labels?: Readonly<Record<string, string>>, by?: number): void;
  /** A duration in milliseconds. */
  observe(
    name: 'bank_call_ms' | 'poll_lateness_ms' | 'transaction_ms' | 'webhook_ms',
    labels: Readonly<Record<string, string>>,
    ms: number,
  ): void;
  gauge(name: 'open_payments' | 'open_refunds' | 'watched_streams', value: number): void;
}

export type CounterName =
  | 'payments_created'
  | 'payments_ended'
  | 'payments_late'
  | 'bank_calls'
  | 'bank_unlisted_words'
  | 'bank_answers_discarded'
  | 'amount_mismatches'
  | 'refunds_created'
  | 'refunds_ended'
  | 'refunds_resent'
  | 'commands'
  | 'refund_sessions'
  | 'cases_opened'
  | 'journal_rows'
  | 'journal_batches'
  | 'card_numbers_dropped'
  | 'lease_lost'
  | 'payments_adopted'
  | 'webhook_deliveries'
  | 'events';

export const silentMeter: Meter = { count() {}, observe() {}, gauge() {} };
