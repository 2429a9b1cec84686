import { createProcessLedger, type ProcessLedger } from '../drop-in/process-ledger.ts';
import type { HubSession } from '../hub/hub-session.ts';
import { createCollection } from '../payment/collection.ts';
import { createPaymentService } from '../payment/create-payment-service.ts';
import { createHubFollowing } from '../payment/hub-following.ts';
import { createHubPayments, type HubPayments } from '../payment/hub-payments.ts';
import { createUsedKeys } from '../payment/idempotency.ts';
import { createPaymentBook, type PaymentBook } from '../payment/payment-book.ts';
import type { PaymentService } from '../payment/payment-service.ts';
import { needsPerson } from '../payment/terminal-payment-machine.ts';
import { createTerminalPayments } from '../payment/terminal-payments.ts';
import { logLives } from '../record/life-log.ts';
import { type AskedRefunds, createAskedRefunds } from '../refund/asked-refunds.ts';
import { createRefundService } from '../refund/create-refund-service.ts';
import { createHubRefunds } from '../refund/hub-refunds.ts';
import { createRefundBook } from '../refund/refund-book.ts';
import type { RefundService } from '../refund/refund-service.ts';
import { refundNeedsPerson } from '../refund/terminal-refund-machine.ts';
import { createTerminalRefunds } from '../refund/terminal-refunds.ts';
import { createRefundSessions } from '../refund-session/create-refund-sessions.ts';
import type { RefundSessionService } from '../refund-session/refund-session.ts';
import type { TerminalDesk } from '../terminal/terminal-desk.ts';
import { createTerminalRack, type OpenOperation, type TerminalRack } from '../terminal/terminal-rack.ts';
import type { EdgeParts } from './wire-edge.ts';

export interface MoneyServices {
  payments: PaymentBook;
  paymentService: PaymentService;
  refundService: RefundService;
  askedRefunds: AskedRefunds;
  refundSessions: RefundSessionService;
  rack: TerminalRack;
  processes: ProcessLedger;
  hubPayments: HubPayments;
  /** Up to where the hub has told of a payment. */
  hubVersionOf(paymentId: string): number;
  /** Takes up the hub's open refunds, also those that have just come back from it. */
  followRefunds(): void;
  /** Takes up everything that an earlier process left open. */
  resume(): void;
  stop(): void;
}

/** Payments, refunds and terminals: everything that moves money. */
export function createMoney(
  parts: EdgeParts & { session: HubSession; desks: TerminalDesk[]; onTerminalChange: () => void },
): MoneyServices {
  const { context, store, cases, link, session } = parts;
  const { intervals } = parts.settings;
  const payments = createPaymentBook(context.clock, store);
  const refunds = createRefundBook(context.clock, store);
  logLives({ context, payments, refunds, open: { payments: store.openPayments(), refunds: store.openRefunds() } });
  const isUncertain = ({ kind, id }: OpenOperation): boolean => {
    const payment = kind === 'payment' ? payments.get(id) : undefined;
    const refund = kind === 'refund' ? refunds.get(id) : undefined;
    return (payment !== undefined && needsPerson(payment)) || (refund !== undefined && refundNeedsPerson(refund));
  };
  const { keyRepeatMs: repeatMs, hubGraceMs: graceMs } = intervals;
  const keys = createUsedKeys({ clock: context.clock, store, repeatMs, graceMs });
  const rack = createTerminalRack({
    store,
    desks: parts.desks,
    agentName: parts.identity.agentId,
    isUncertain,
    onChange: parts.onTerminalChange,
  });
  const following = createHubFollowing({ context, store, session });
  const hubPayments = createHubPayments({ context, store, book: payments, cases, link, session, following, intervals });
  const terminalPayments = createTerminalPayments({ context, store, book: payments, cases, rack, intervals });
  const hubRefunds = createHubRefunds({ context, store, payments, refunds, cases, link, session, following });
  const terminalRefunds = createTerminalRefunds({ context, store, payments, refunds, cases, rack, intervals });
  const { refunds: policy } = parts.settings;
  const sessions = createRefundSessions({ context, store, payments, link, session, policy, intervals });
  const collection = createCollection({
    context,
    store,
    book: payments,
    cases,
    withinMs: intervals.collectWithinMs,
  });
  return {
    payments,
    rack,
    processes: createProcessLedger({ context, store, payments, refunds }),
    hubPayments,
    hubVersionOf: (paymentId) => Math.max(payments.get(paymentId)?.hubVersion ?? 0, following.heardVersion(paymentId)),
    paymentService: createPaymentService({
      context,
      store,
      keys,
      book: payments,
      session,
      hubPayments,
      terminalPayments,
      collection,
      intervals,
    }),
    refundSessions: sessions,
    askedRefunds: createAskedRefunds({ nowMs: context.clock.nowMs, store, payments, refunds, terminalRefunds }),
    refundService: createRefundService({
      context,
      store,
      keys,
      payments,
      refunds,
      session,
      hubRefunds,
      terminalRefunds,
      sessions,
      policy,
      intervals,
    }),
    followRefunds: () => hubRefunds.resume(),
    resume() {
      collection.start();
      terminalPayments.resume();
      terminalRefunds.resume();
      hubPayments.resume();
      hubRefunds.resume();
    },
    stop() {
      collection.stop();
      terminalPayments.stop();
      terminalRefunds.stop();
      hubPayments.stop();
      hubRefunds.stop();
      sessions.stop();
    },
  };
}
