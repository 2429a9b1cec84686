import type { Logger } from '@tolem/base';
import { MAX_BATCH_ROWS, wire } from '@tolem/proto';
import type { AgentState, HealthLayer } from '../agent/agent.ts';
import type { HubCore } from '../hub-core.ts';
import type { JournalBatch, JournalVerdict } from '../journal/journal-intake.ts';
import type { DoorMetrics } from '../metrics/door-metrics.ts';

/** An acknowledgement to be published to the agent; made only after the core has committed. */
export type SendAck = (agentId: string, ack: wire.JournalAck) => void;

export interface ReportIntake {
  /** Takes a report; reports of one agent are handled one after another, in their order. */
  put(agentId: string, kind: 'state' | 'jrn', payload: Uint8Array): void;
  /** Resolves when nothing is under way any more. */
  idle(): Promise<void>;
}

export interface ReportIntakeOptions {
  core: Pick<HubCore, 'agents' | 'journal' | 'hubEpoch' | 'nowMs'>;
  log: Logger;
  metrics: DoorMetrics;
  sendAck: SendAck;
}

/** One batch is in flight at a time [decisions: journal]; births and wills of quick reconnects come on top. What is more is
 * dropped: nothing of it is acknowledged, so the agent sends it again. */
const QUEUE_PER_AGENT_MAX = 16;
/** An agent reports about ten layers, some of them for several terminals. */
const HEALTH_LAYERS_MAX = 100;
/** Names of an epoch, a boot, a layer: ours have at most 36 characters. */
const WORD_MAX = 100;
const DETAIL_MAX = 500;
/** The last moment that a date can hold [ECMA-262 §21.4.1.1]. */
const MOMENT_MAX_MS = 8_640_000_000_000_000;

export function createReportIntake(options: ReportIntakeOptions): ReportIntake {
  const { log, metrics } = options;
  const queues = new Map<string, { waiting: number; tail: Promise<void>; isOverflowTold: boolean }>();
  const handle = async (agentId: string, kind: 'state' | 'jrn', payload: Uint8Array): Promise<void> => {
    const name = kind === 'jrn' ? 'journal' : 'state';
    try {
      const outcome = await (kind === 'jrn' ? takeBatch : takeState)(agentId, payload, options);
      metrics.message(name, outcome);
    } catch (error) {
      // Not acknowledged, hence sent again: by the agent's next batch or its next birth.
      metrics.message(name, 'error');
      log.error({ error, agentId, kind }, 'a report of an agent could not be taken');
    }
  };
  return {
    put(agentId, kind, payload) {
      const queue = queues.get(agentId) ?? { waiting: 0, tail: Promise.resolve(), isOverflowTold: false };
      if (queue.waiting >= QUEUE_PER_AGENT_MAX) {
        metrics.message(kind === 'jrn' ? 'journal' : 'state', 'dropped');
        // Once until the queue has emptied: an agent that floods must not flood the log as well.
        if (!queue.isOverflowTold) {
          log.warn({ agentId, kind }, 'an agent reports faster than the hub can take it; reports are dropped');
        }
        queue.isOverflowTold = true;
        return;
      }
      queue.waiting += 1;
      queue.tail = queue.tail
        .then(() => handle(agentId, kind, payload))
        .finally(() => {
          queue.waiting -= 1;
          if (queue.waiting === 0) queues.delete(agentId);
        });
      queues.set(agentId, queue);
    },
    async idle() {
      await Promise.all([...queues.values()].map((queue) => queue.tail));
    },
  };
}

async function takeState(agentId: string, payload: Uint8Array, options: ReportIntakeOptions): Promise<string> {
  const state = readState(payload);
  if (state === undefined) return 'unreadable';
  await options.core.agents.recordState(agentId, state);
  if (!state.online) return 'will';
  const { epoch, lastSeq, chain } = state;
  acknowledge(agentId, await options.core.journal.compare(agentId, { epoch, lastSeq, chain }), options);
  return 'birth';
}

async function takeBatch(agentId: string, payload: Uint8Array, options: ReportIntakeOptions): Promise<string> {
  const batch = readBatch(payload);
  if (batch === undefined) {
    // Without an epoch there is nothing to acknowledge; a batch of ours that can't be read is a fault of the agent.
    options.log.error({ agentId, bytes: payload.length }, 'a journal batch could not be read');
    return 'unreadable';
  }
  const verdict = await options.core.journal.take(agentId, batch);
  acknowledge(agentId, verdict, options);
  return verdict.verdict;
}

function acknowledge(agentId: string, verdict: JournalVerdict, options: ReportIntakeOptions): void {
  options.sendAck(agentId, {
    envelope: undefined,
    epoch: verdict.epoch,
    upto: BigInt(verdict.upto),
    hubEpoch: options.core.hubEpoch,
    hubTimeMs: BigInt(Math.round(options.core.nowMs())),
    verdict: verdict.verdict,
    detail: verdict.detail,
  });
  options.metrics.message('ack', verdict.verdict);
}

/** Undefined for what no agent of ours would say: nothing may be stored that a column or a page can't hold. */
export function readState(payload: Uint8Array): AgentState | undefined {
  const state = decode(() => wire.AgentState.decode(payload));
  if (state === undefined || state.boot === '' || state.boot.length > 64) return undefined;
  const { online, stopping, boot, epoch, chain, version } = state;
  const [session, lastSeq] = [countOf(state.session), countOf(state.lastSeq)];
  const areWords = [boot, epoch, version].every((word) => word.length <= WORD_MAX && !word.includes('\0'));
  if (session === undefined || lastSeq === undefined || !areWords) return undefined;
  const health = state.health.slice(0, HEALTH_LAYERS_MAX).map(toHealthLayer);
  return { online, stopping, boot, session, epoch, lastSeq, chain, version, health };
}

function countOf(value: bigint): number | undefined {
  return value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}

const HEALTH_STATES: readonly string[] = ['ok', 'warn', 'fail'];

function toHealthLayer(layer: wire.HealthLayer): HealthLayer {
  const state = HEALTH_STATES.includes(layer.state) ? (layer.state as HealthLayer['state']) : 'unknown';
  return {
    layer: shortened(layer.layer, WORD_MAX),
    subject: shortened(layer.subject, WORD_MAX),
    state,
    cause: shortened(layer.cause, WORD_MAX),
    detail: shortened(layer.detail, DETAIL_MAX),
    // A clock that is wrong by ages must not break the page that shows it.
    sinceMs: Math.min(Math.max(Number(layer.sinceMs), 0), MOMENT_MAX_MS),
  };
}

function shortened(text: string, max: number): string {
  return text.replaceAll('\0', '').slice(0, max);
}

export function readBatch(payload: Uint8Array): JournalBatch | undefined {
  const batch = decode(() => wire.JournalBatch.decode(payload));
  if (batch === undefined || batch.epoch === '' || batch.rows.length === 0) return undefined;
  if (batch.rows.length > MAX_BATCH_ROWS) return undefined;
  const rows = batch.rows.map((row) => ({
    seq: Number(row.seq),
    eventId: row.eventId,
    kind: row.kind,
    payload: row.payload,
    atMs: Number(row.atMs),
    monoMs: row.monoMs,
    boot: row.boot,
    hash: row.hash,
  }));
  return { epoch: batch.epoch, from: Number(batch.from), to: Number(batch.to), rows };
}

function decode<Message>(read: () => Message): Message | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
