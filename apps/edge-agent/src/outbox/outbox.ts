import type { Context, Timer } from '@tolem/base';
import type { CaseDesk } from '../case/case-desk.ts';
import type { ReportAck } from '../hub/report-bus.ts';
import type { EdgeStore } from '../store/edge-store.ts';
import { unlessDiskFull } from '../store/persist.ts';
import { BATCH_BYTES_MAX, BATCH_ROWS_MAX, type ReportChannel } from './report-channel.ts';

/** The subject of the case about a row that the hub cannot take. */
const CASE_SUBJECT = 'journal';
/** What is committed within this moment travels together, and the till's answer, which is due now, does not wait for it. */
const GATHER_MS = 20;

/**
 * Sends the journal to the hub, one batch at a time. A row counts as delivered only by the hub's ack `{epoch, upto}`, which it
 * gives after its commit and repeats at every birth.
 */
export interface Outbox {
  /** The hub refuses a row; `undefined` while it takes them. */
  refusal(): string | undefined;
  start(): void;
  stop(): void;
}

export function createOutbox(parts: {
  context: Context;
  store: EdgeStore;
  bus: ReportChannel;
  cases: CaseDesk;
  ackWaitMs: number;
  ackWaitMaxMs: number;
  /** The hub holds other rows under our numbers: an old disk image or a clone. A new epoch has begun. */
  forked: (detail: string) => void;
  changed: () => void;
}): Outbox {
  const { context, store, bus, cases } = parts;
  const { log } = store;
  /** The last row of the batch in flight. */
  let inFlight: { epoch: string; from: number; to: number } | undefined;
  let timer: Timer | undefined;
  let waitMs = parts.ackWaitMs;
  let hubEpoch = store.meta('hub_epoch') ?? '';
  /** The last row that the hub holds as we wrote it: a batch of ours was chained to it, or our birth was compared with it. */
  let verified = log.position().acknowledged;
  let refused = refusedBefore(store);
  /** While it runs the refused row rests; a timer of its own, because no end of a batch or connection may cancel it. */
  let resting: Timer | undefined;
  let gathering: Timer | undefined;
  let isRunning = false;
  /** Until the hub has said where it stands (its ack to our birth), nothing is sent: it would only be a guess. */
  let isAligned = false;

  const settle = (): void => {
    inFlight = undefined;
    timer?.cancel();
  };
  const send = (): void => {
    if (!isRunning || !isAligned || inFlight || resting || !bus.isConnected()) return;
    const { epoch, acknowledged, lastSeq } = log.position();
    if (acknowledged >= lastSeq) return;
    const rows = log.read(acknowledged, { rows: BATCH_ROWS_MAX, bytes: BATCH_BYTES_MAX });
    const [first, last] = [rows[0], rows.at(-1)];
    if (!first || !last) return;
    if (first.seq !== acknowledged + 1) {
      // A restored hub asks for rows that are no longer kept: what we have begins anew, under its own event ids.
      verified = 0;
      log.beginEpoch('restored', `rows after ${acknowledged} are no longer kept`);
      return;
    }
    const batch = { epoch, from: first.seq, to: last.seq };
    inFlight = batch;
    bus.sendBatch({ epoch, from: first.seq, to: last.seq, rows }, (detail) => {
      if (inFlight === batch) unlessDiskFull(context, 'batch', () => refuse(first.seq - 1, detail));
    });
    timer = context.clock.after(waitMs, () => {
      waitMs = Math.min(waitMs * 2, parts.ackWaitMaxMs);
      context.log.debug({ from: first.seq, to: last.seq }, 'no ack for a batch; sent again');
      inFlight = undefined;
      send();
    });
  };
  const align = (ack: ReportAck): void => {
    const { acknowledged, lastSeq } = log.position();
    if (ack.upto > lastSeq) {
      fork(`the hub holds ${ack.upto} rows, we have ${lastSeq}`);
      return;
    }
    const isNewHub = ack.hubEpoch !== hubEpoch;
    if (isNewHub) {
      hubEpoch = ack.hubEpoch;
      store.transact((writer) => writer.putMeta('hub_epoch', hubEpoch));
    }
    if (ack.verdict === 'ok' && ack.upto === inFlight?.to) verified = inFlight.from - 1;
    if (ack.verdict === 'ok' && !isAligned && ack.upto === lastSeq) verified = lastSeq;
    const mayGoBack = isNewHub || ack.verdict === 'gap' || !isAligned;
    if (ack.upto > acknowledged || (mayGoBack && ack.upto < acknowledged)) {
      log.acknowledge(ack.upto);
      verified = Math.min(verified, ack.upto);
      parts.changed();
    }
    // A hub that has heard our birth may have been mended since it refused a row.
    if (!isAligned) tryAgain();
    isAligned = true;
    // An old ack that is repeated says nothing about the batch in flight.
    if (ack.verdict === 'gap' || isNewHub || (inFlight && ack.upto >= inFlight.to)) {
      settle();
      if (ack.verdict === 'ok') waitMs = parts.ackWaitMs;
    }
  };
  const tryAgain = (): void => {
    resting?.cancel();
    resting = undefined;
  };
  const fork = (detail: string): void => {
    settle();
    tryAgain();
    context.log.error({ detail, epoch: log.position().epoch }, 'the hub holds another journal under this epoch');
    // What another copy of this journal has had acknowledged is not ours: the hub knows rows by their event ids.
    log.acknowledge(Math.min(verified, log.position().acknowledged));
    verified = 0;
    log.beginEpoch('forked', detail);
    parts.forked(detail);
  };
  const refuse = (upto: number, detail: string): void => {
    settle();
    tryAgain();
    const { epoch } = log.position();
    refused = { epoch, upto, detail: (detail === '' ? 'the hub cannot take a row' : detail).slice(0, 300) };
    resting = context.clock.after(parts.ackWaitMaxMs, () => {
      resting = undefined;
      send();
    });
    cases.open({
      kind: 'journal_refused',
      subject: CASE_SUBJECT,
      detail: { epoch, upto: String(upto), detail: refused.detail },
    });
    parts.changed();
  };
  /** Under a new epoch the refused row has another number: it was taken when all were. */
  const isTaken = (ack: ReportAck): boolean =>
    refused !== undefined &&
    (refused.epoch === ack.epoch ? ack.upto > refused.upto : ack.upto >= log.position().lastSeq);
  const take = (ack: ReportAck): void => {
    // An ack of an epoch that is over says nothing any more.
    if (ack.epoch !== log.position().epoch) return;
    if (ack.verdict === 'fork') {
      fork(ack.detail);
      return;
    }
    align(ack);
    if (ack.verdict === 'refused' || ack.verdict === 'unlisted') refuse(ack.upto, ack.detail);
    else if (isTaken(ack)) {
      refused = undefined;
      tryAgain();
      cases.close('journal_refused', CASE_SUBJECT, 'system', 'the hub takes the rows again');
      parts.changed();
    }
    send();
  };
  log.onAppend(() => {
    gathering ??= context.clock.after(GATHER_MS, () => {
      gathering = undefined;
      send();
    });
  });
  bus.subscribe({
    ack: (ack) => unlessDiskFull(context, 'ack', () => take(ack)),
    connected: () => {
      isAligned = false;
      settle();
    },
    disconnected: settle,
  });
  return {
    refusal: () => refused?.detail,
    start() {
      isRunning = true;
      send();
    },
    stop() {
      isRunning = false;
      gathering?.cancel();
      gathering = undefined;
      settle();
      tryAgain();
    },
  };
}

/** A row that was refused before this process began is still refused until the hub has taken it. */
function refusedBefore(store: EdgeStore): { epoch: string; upto: number; detail: string } | undefined {
  const detail = store.openCase('journal_refused', CASE_SUBJECT)?.detail;
  if (!detail) return undefined;
  return { epoch: detail.epoch ?? '', upto: Number(detail.upto ?? 0), detail: detail.detail ?? '' };
}
