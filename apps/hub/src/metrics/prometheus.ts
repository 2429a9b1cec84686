import type { Clock } from '@tolem/base';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CounterName, Meter } from '../meter.ts';
import type { DoorMetrics } from './door-metrics.ts';

/** Every figure of the hub as Prometheus series; the README's table lists them. */
export interface Metrics {
  meter: Meter;
  doors: DoorMetrics;
  /** Figures that are asked for at each scrape. */
  setGauge(name: AskedGauge, labels: Record<string, string>, value: number): void;
  /** Before figures whose labels come and go are set anew. */
  forgetGauge(name: AskedGauge): void;
  contentType: string;
  text(): Promise<string>;
}

export type AskedGauge =
  | 'certificate_expires_seconds'
  | 'agents'
  | 'payments_not_final'
  | 'cases_open'
  | 'money_at_risk_tenge'
  | 'journal_lag_rows'
  | 'webhooks_waiting'
  | 'webhooks_given_up'
  | 'webhooks_oldest_seconds';

const PREFIX = 'tolem_hub_';
/** Calls to the bank take 50 ms to 30 s; our own 1 ms to 1 s. */
const BUCKETS_S = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Name → help and labels. A counter of the core that is missing here would not compile. */
const COUNTERS: Record<CounterName, { help: string; labels: string[] }> = {
  payments_created: { help: 'Payments created', labels: ['method'] },
  payments_ended: { help: 'Payments ended', labels: ['method', 'status'] },
  payments_late: { help: 'Late money', labels: ['was'] },
  bank_calls: { help: 'Calls to the bank by outcome', labels: ['method', 'outcome'] },
  bank_unlisted_words: { help: 'Status words of the bank that no list holds', labels: ['word'] },
  bank_answers_discarded: { help: 'Answers of the bank that came too late to count', labels: [] },
  amount_mismatches: { help: 'Charged another amount than asked', labels: [] },
  refunds_created: { help: 'Refunds asked for', labels: ['by'] },
  refunds_ended: { help: 'Refunds ended', labels: ['outcome', 'evidence'] },
  refunds_resent: { help: 'Refunds sent a second time', labels: [] },
  commands: { help: 'Commands to agents by the state they entered', labels: ['kind', 'state'] },
  refund_sessions: { help: 'Refund sessions that came into a status', labels: ['status'] },
  cases_opened: { help: 'Cases opened', labels: ['kind'] },
  journal_rows: { help: 'Journal rows taken', labels: ['kind'] },
  journal_batches: { help: 'Journal batches by verdict', labels: ['verdict'] },
  card_numbers_dropped: { help: 'Unmasked card numbers that were not stored', labels: [] },
  lease_lost: { help: 'Leases lost', labels: [] },
  payments_adopted: { help: 'Open payments taken over', labels: [] },
  events: { help: 'What happened to payments, refunds and cases', labels: ['type', 'method'] },
  webhook_deliveries: { help: 'Attempts to deliver webhooks', labels: ['endpoint', 'outcome'] },
};

export function createMetrics(clock: Clock): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: PREFIX });
  const registers = [registry];
  const counters = new Map(
    Object.entries(COUNTERS).map(([name, { help, labels }]) => {
      const counter = new Counter({ name: `${PREFIX}${name}_total`, help, labelNames: labels, registers });
      return [name, { counter, labels }] as const;
    }),
  );
  const histogram = (name: string, help: string, labelNames: string[]) =>
    new Histogram({ name: `${PREFIX}${name}_seconds`, help, labelNames, buckets: BUCKETS_S, registers });
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `${PREFIX}${name}`, help, labelNames, registers });
  const histograms = {
    bank_call_ms: { series: histogram('bank_call', 'Duration of calls to the bank', ['method']), labels: ['method'] },
    poll_lateness_ms: { series: histogram('poll_lateness', 'How late polls are', []), labels: [] },
    webhook_ms: { series: histogram('webhook', 'Duration of posts to endpoints', ['endpoint']), labels: ['endpoint'] },
    transaction_ms: { series: histogram('transaction', 'Duration of transactions', ['name']), labels: ['name'] },
  };
  const gauges = {
    open_payments: gauge('open_payments', 'Payments that this instance watches'),
    open_refunds: gauge('open_refunds', 'Refunds that are neither confirmed nor declined'),
    watched_streams: gauge('watched_streams', 'Streams of watched payments'),
    certificate_expires_seconds: gauge('certificate_expires_seconds', 'Until the bank certificate ends', ['origin']),
    agents: gauge('agents', 'Agents by presence', ['presence']),
    payments_not_final: gauge('payments_not_final', 'Payments that are not final', ['status']),
    cases_open: gauge('cases_open', 'Cases that wait for a person', ['kind']),
    money_at_risk_tenge: gauge('money_at_risk_tenge', 'Money in open cases', ['kind']),
    journal_lag_rows: gauge('journal_lag_rows', 'Rows that agents have and the hub has not', ['agent']),
    webhooks_waiting: gauge('webhooks_waiting', 'Events that wait for an endpoint', ['endpoint']),
    webhooks_given_up: gauge('webhooks_given_up', 'Events given up, to be replayed', ['endpoint']),
    webhooks_oldest_seconds: gauge('webhooks_oldest_seconds', 'Age of the oldest waiting event', ['endpoint']),
    connections: gauge('connections', 'Open connections of agents and pages', ['door']),
  };
  const calls = histogram('call', 'Duration of calls at the doors', ['door', 'method', 'outcome']);
  const count = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name: `${PREFIX}${name}_total`, help, labelNames, registers });
  const refusals = count('refusals', 'Sent away at a door', ['door', 'reason']);
  const messages = count('messages', 'MQTT reports and acknowledgements', ['kind', 'outcome']);
  return {
    meter: {
      count(name, labels = {}, by = 1) {
        const known = counters.get(name);
        known?.counter.inc(only(known.labels, labels), by);
      },
      observe(name, labels, ms) {
        const known = histograms[name];
        known.series.observe(only(known.labels, labels), ms / 1000);
      },
      gauge: (name, value) => gauges[name].set(value),
    },
    doors: {
      callStarted(door, method) {
        const startedMono = clock.monoMs();
        return (outcome) => calls.observe({ door, method, outcome }, (clock.monoMs() - startedMono) / 1000);
      },
      refused: (door, reason) => refusals.inc({ door, reason }),
      connections: (door, value) => gauges.connections.set({ door }, value),
      message: (kind, outcome) => messages.inc({ kind, outcome }),
    },
    setGauge: (name, labels, value) => gauges[name].set(labels, value),
    forgetGauge: (name) => gauges[name].reset(),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}

/** Labels that a series doesn't have are left out: a figure must never fail the work it counts. */
function only(names: string[], labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, labels[name] ?? '']));
}
