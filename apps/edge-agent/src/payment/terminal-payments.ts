import { type Context, unreachable } from '@tolem/base';
import { KaspiError } from '@tolem/kaspi-core';
import type { CaseDesk } from '../case/case-desk.ts';
import type { EdgeIntervals } from '../edge-settings.ts';
import type { EdgeStore, EdgeWriter } from '../store/edge-store.ts';
import { persist } from '../store/persist.ts';
import { type WatchInput, watchOperation } from '../terminal/operation-watch.ts';
import type { TerminalRack } from '../terminal/terminal-rack.ts';
import type { PaymentBook } from './payment-book.ts';
import type { PaymentRecord } from './payment-record.ts';
import { refusal } from './problems.ts';
import {
  nextTerminalPayment,
  type TerminalEffect,
  type TerminalInput,
  terminalPaymentState,
} from './terminal-payment-machine.ts';

/** Cases that an outcome closes. */
const CLOSED_BY_OUTCOME = [
  'start_answer_lost',
  'process_not_found',
  'watch_over',
  'status_unlisted',
  'amount_mismatch',
  'terminal_unknown',
  'terminal_unreachable',
  'terminal_removed',
] as const;

/** Payments at the store's own terminals: the agent owns them. */
export interface TerminalPayments {
  choose(terminalId: string | undefined): Promise<string>;
  occupy(payment: PaymentRecord, writer: EdgeWriter): void;
  /** Starts a payment whose intent is on disk, once; resolves with the terminal's answer or when the till has waited enough. */
  begin(paymentId: string): Promise<void>;
  resolve(
    paymentId: string,
    request: { outcome: 'paid' | 'not_paid'; by: string; reason: string },
  ): Promise<PaymentRecord>;
  /** Takes up what an earlier process left open: an unanswered start is `unknown`, the others are watched on. */
  resume(): void;
  stop(): void;
}

export function createTerminalPayments(parts: {
  context: Context;
  store: EdgeStore;
  book: PaymentBook;
  cases: CaseDesk;
  rack: TerminalRack;
  intervals: EdgeIntervals;
}): TerminalPayments {
  const { context, store, book, cases, rack, intervals } = parts;
  const stopping = new AbortController();
  const watching = new Set<string>();

  const perform = (payment: PaymentRecord, effect: TerminalEffect, writer: EdgeWriter): void => {
    const { paymentId, amount } = payment;
    const terminalId = payment.terminal?.terminalId ?? '';
    switch (effect.kind) {
      case 'release':
        rack.free(terminalId, paymentId, writer);
        return;
      case 'amount_checked':
        rack.free(terminalId, paymentId, writer, { amountChecked: true });
        return;
      case 'block':
        rack.free(terminalId, paymentId, writer, { blocked: effect.reason });
        return;
      case 'open_case': {
        const detail = { terminalId, ...effect.detail };
        cases.open({ kind: effect.case, subject: paymentId, paymentId, amount, detail }, writer);
        return;
      }
      case 'close_cases':
        for (const kind of CLOSED_BY_OUTCOME) cases.close(kind, paymentId, effect.by, effect.reason, writer);
        return;
      case 'show_only':
        return;
      default:
        unreachable(effect);
    }
  };
  const apply = (paymentId: string, input: TerminalInput): PaymentRecord => {
    const before = book.must(paymentId);
    const stepped = nextTerminalPayment(before, input);
    if (!stepped) return before;
    const nowMs = Math.floor(context.clock.nowMs());
    const isNewlyPaid = stepped.state.status === 'paid' && before.status !== 'paid';
    const next = isNewlyPaid ? { ...stepped.state, paidAtMs: nowMs } : stepped.state;
    if (stepped.effects.some((effect) => effect.kind === 'show_only')) return book.show(next);
    return book.save(next, (writer) => {
      for (const effect of stepped.effects) perform(next, effect, writer);
    });
  };
  const take = (paymentId: string, input: WatchInput): 'go_on' | 'stop' => {
    const terminalId = book.must(paymentId).terminal?.terminalId ?? '';
    const isAmountChecked = store.terminal(terminalId)?.amountChecked ?? false;
    const after = apply(paymentId, input.kind === 'status' ? { ...input, isAmountChecked } : input);
    const state = terminalPaymentState(after);
    return state === 'over' || state === 'mismatch' ? 'stop' : 'go_on';
  };
  const watch = (payment: PaymentRecord): void => {
    const { paymentId, terminal } = payment;
    if (terminal?.processId === undefined || watching.has(paymentId)) return;
    const desk = rack.desks().find((one) => one.setting.id === terminal.terminalId);
    if (!desk) {
      apply(paymentId, { kind: 'terminal_removed' });
      return;
    }
    watching.add(paymentId);
    void watchOperation({
      context,
      desk,
      processId: terminal.processId,
      startedAtMs: payment.createdAtMs,
      intervals,
      signal: stopping.signal,
      take: (input) => take(paymentId, input),
    }).finally(() => watching.delete(paymentId));
  };
  const start = async (paymentId: string): Promise<void> => {
    const payment = book.must(paymentId);
    const desk = rack.desk(payment.terminal?.terminalId ?? '');
    try {
      const api = await desk.connected();
      const ownReceipt = payment.ownReceipt === undefined ? {} : { ownReceipt: payment.ownReceipt };
      const { terminalProcessId } = await api.startPayment({ amount: payment.amount, ...ownReceipt });
      desk.note();
      const input = { kind: 'started', processId: terminalProcessId } as const;
      watch(await persist(context, paymentId, () => apply(paymentId, input)));
    } catch (error) {
      if (!(error instanceof KaspiError)) throw error;
      desk.note(error);
      context.log.warn({ error, paymentId }, 'the terminal did not start the payment');
      const { effect, code, peerMessage } = error;
      const sentence = peerMessage === undefined ? {} : { sentence: peerMessage };
      const input: TerminalInput =
        effect === 'none' ? { kind: 'refused', code, ...sentence } : { kind: 'start_unanswered' };
      await persist(context, paymentId, () => apply(paymentId, input));
    }
  };
  return {
    choose: (terminalId) => rack.choose(terminalId),
    occupy: ({ paymentId, terminal }, writer) =>
      rack.occupy(terminal?.terminalId ?? '', { kind: 'payment', id: paymentId }, writer),
    async begin(paymentId) {
      const started = start(paymentId);
      const waiting = new AbortController();
      const limit = context.clock.sleep(intervals.terminalAnswerMs, waiting.signal).catch(() => undefined);
      await Promise.race([started, limit]);
      waiting.abort();
    },
    async resolve(paymentId, request) {
      const { outcome } = request;
      const payment = book.must(paymentId);
      if (outcome === 'not_paid' && terminalPaymentState(payment) === 'mismatch') {
        const detail = `the terminal has charged ${payment.amountPaid ?? 'another amount'}: this payment is paid`;
        throw refusal({ status: 409, code: 'money_has_moved', detail, money: 'moved', paymentId });
      }
      const watchUntilMs = book.must(paymentId).createdAtMs + intervals.terminalWatchMs;
      return apply(paymentId, { kind: 'resolved', ...request, watchUntilMs });
    },
    resume() {
      for (const payment of store.openPayments()) {
        if (payment.method !== 'terminal') continue;
        const state = terminalPaymentState(payment);
        if (state === 'starting') apply(payment.paymentId, { kind: 'start_unanswered' });
        else if (state !== 'mismatch') watch(payment);
      }
    },
    stop: () => stopping.abort(),
  };
}
