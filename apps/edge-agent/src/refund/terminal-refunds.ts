import { type Context, unreachable } from '@tolem/base';
import { KaspiError, type StartRefund, type TerminalApiVersion, type TerminalMethod } from '@tolem/kaspi-core';
import type { CaseDesk } from '../case/case-desk.ts';
import type { EdgeIntervals } from '../edge-settings.ts';
import type { PaymentBook } from '../payment/payment-book.ts';
import type { PaymentRecord } from '../payment/payment-record.ts';
import { refusal } from '../payment/problems.ts';
import type { EdgeStore, EdgeWriter } from '../store/edge-store.ts';
import { persist } from '../store/persist.ts';
import { type WatchInput, watchOperation } from '../terminal/operation-watch.ts';
import type { TerminalRack } from '../terminal/terminal-rack.ts';
import type { RefundBook } from './refund-book.ts';
import { saveRefund } from './refund-ledger.ts';
import type { RefundRecord } from './refund-record.ts';
import {
  nextTerminalRefund,
  type TerminalRefundEffect,
  type TerminalRefundInput,
  terminalRefundState,
} from './terminal-refund-machine.ts';

const CLOSED_BY_OUTCOME = ['refund_unknown', 'status_unlisted', 'amount_mismatch'] as const;

/** Refunds of terminal payments: the agent owns them, its journal holds the sum [decisions: refunds, owner]. */
export interface TerminalRefunds {
  /** The terminal that can give this payment back, reached and free; throws the refusal. */
  choose(payment: PaymentRecord): Promise<string>;
  occupy(refund: RefundRecord, writer: EdgeWriter): void;
  begin(refundId: string): Promise<void>;
  resolve(refundId: string, request: { outcome: 'confirmed' | 'declined'; by: string; reason: string }): RefundRecord;
  resume(): void;
  stop(): void;
}

export interface TerminalRefundParts {
  context: Context;
  store: EdgeStore;
  payments: PaymentBook;
  refunds: RefundBook;
  cases: CaseDesk;
  rack: TerminalRack;
  intervals: EdgeIntervals;
}

export function createTerminalRefunds(parts: TerminalRefundParts): TerminalRefunds {
  const { context, store, payments, refunds, cases, rack, intervals } = parts;
  const stopping = new AbortController();
  const watching = new Set<string>();

  const perform = (refund: RefundRecord, effect: TerminalRefundEffect, writer: EdgeWriter): void => {
    const { refundId, paymentId, amount } = refund;
    const terminalId = refund.terminal?.terminalId ?? '';
    switch (effect.kind) {
      case 'release':
        rack.free(terminalId, refundId, writer);
        return;
      case 'open_case': {
        const detail = { terminalId, ...effect.detail };
        cases.open({ kind: effect.case, subject: refundId, paymentId, refundId, amount, detail }, writer);
        return;
      }
      case 'close_cases':
        for (const kind of CLOSED_BY_OUTCOME) cases.close(kind, refundId, effect.by, effect.reason, writer);
        return;
      default:
        unreachable(effect);
    }
  };
  const apply = (refundId: string, input: TerminalRefundInput): RefundRecord => {
    const before = refunds.must(refundId);
    const stepped = nextTerminalRefund(before, input);
    if (!stepped) return before;
    return saveRefund({ store, payments, refunds }, stepped.state, (writer) => {
      for (const effect of stepped.effects) perform(stepped.state, effect, writer);
    });
  };
  const take = (refundId: string, input: WatchInput): 'go_on' | 'stop' => {
    const state = terminalRefundState(apply(refundId, input));
    return state === 'over' || state === 'mismatch' ? 'stop' : 'go_on';
  };
  const watch = (refund: RefundRecord): void => {
    const { refundId, terminal } = refund;
    const desk = rack.desks().find((one) => one.setting.id === terminal?.terminalId);
    if (terminal?.processId === undefined || watching.has(refundId)) return;
    if (!desk) {
      apply(refundId, { kind: 'terminal_removed' });
      return;
    }
    watching.add(refundId);
    void watchOperation({
      context,
      desk,
      processId: terminal.processId,
      startedAtMs: refund.createdAtMs,
      intervals,
      signal: stopping.signal,
      take: (input) => take(refundId, input),
    }).finally(() => watching.delete(refundId));
  };
  const start = async (refundId: string): Promise<void> => {
    const refund = refunds.must(refundId);
    const payment = payments.must(refund.paymentId);
    const desk = rack.desk(refund.terminal?.terminalId ?? '');
    try {
      const api = await desk.connected();
      const { terminalProcessId } = await api.startRefund(startOf(payment, refund, api.version));
      desk.note();
      const input = { kind: 'started', processId: terminalProcessId } as const;
      watch(await persist(context, refundId, () => apply(refundId, input)));
    } catch (error) {
      if (!(error instanceof KaspiError)) throw error;
      desk.note(error);
      context.log.warn({ error, refundId }, 'the terminal did not start the refund');
      const { effect, code, peerMessage } = error;
      const sentence = peerMessage === undefined ? {} : { sentence: peerMessage };
      const input: TerminalRefundInput =
        effect === 'none' ? { kind: 'refused', code, ...sentence } : { kind: 'start_unanswered' };
      await persist(context, refundId, () => apply(refundId, input));
    }
  };
  return {
    async choose(payment) {
      const terminalId = await rack.choose(payment.terminal?.terminalId);
      const { version } = rack.desk(terminalId);
      if (referenceOf(payment, version === 'v1' ? 'v1' : 'v2') === undefined) {
        const detail = 'the terminal did not say under which number it can give this payment back';
        throw refusal({ status: 409, code: 'refund_impossible', detail, paymentId: payment.paymentId });
      }
      return terminalId;
    },
    occupy: ({ refundId, terminal }, writer) =>
      rack.occupy(terminal?.terminalId ?? '', { kind: 'refund', id: refundId }, writer),
    async begin(refundId) {
      const waiting = new AbortController();
      const limit = context.clock.sleep(intervals.terminalAnswerMs, waiting.signal).catch(() => undefined);
      await Promise.race([start(refundId), limit]);
      waiting.abort();
    },
    resolve(refundId, request) {
      const { outcome } = request;
      const refund = refunds.must(refundId);
      if (outcome === 'declined' && terminalRefundState(refund) === 'mismatch') {
        const detail = 'the terminal has given money back, in another amount than was asked';
        throw refusal({ status: 409, code: 'money_has_moved', detail, money: 'moved', refundId });
      }
      const watchUntilMs = refunds.must(refundId).createdAtMs + intervals.terminalWatchMs;
      return apply(refundId, { kind: 'resolved', ...request, watchUntilMs });
    },
    resume() {
      for (const refund of store.openRefunds()) {
        if (refund.owner !== 'agent') continue;
        const state = terminalRefundState(refund);
        if (state === 'starting') apply(refund.refundId, { kind: 'start_unanswered' });
        else if (state !== 'mismatch') watch(refund);
      }
    },
    stop: () => stopping.abort(),
  };
}

/** v1 names a payment by `transactionId`; v2 by `orderNumber` for QR and palm and by `rrn` for cards [pos-v2 Operations]. */
export function referenceOf(
  payment: PaymentRecord,
  version: TerminalApiVersion,
): { method: TerminalMethod; transactionId: string } | undefined {
  const { terminal } = payment;
  const method = terminal?.method;
  if (method !== 'qr' && method !== 'card' && method !== 'alaqan') return undefined;
  const ofV2 = method === 'card' ? terminal?.rrn : terminal?.orderNumber;
  const transactionId = version === 'v1' ? terminal?.transactionId : ofV2;
  return transactionId === undefined ? undefined : { method, transactionId };
}

function startOf(payment: PaymentRecord, refund: RefundRecord, version: TerminalApiVersion): StartRefund {
  const reference = referenceOf(payment, version);
  if (!reference) throw new KaspiError('request_invalid', 'the payment cannot be named', { effect: 'none' });
  const ownReceipt = payment.ownReceipt === undefined ? {} : { ownReceipt: payment.ownReceipt };
  return { amount: refund.amount, ...reference, ...ownReceipt };
}
