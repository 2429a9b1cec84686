import type { Money, ProblemError } from '@tolem/base';
import { isEdgeError } from '../edge-error.ts';
import type { PaymentBook } from '../payment/payment-book.ts';
import type { PaymentRecord } from '../payment/payment-record.ts';
import { refusal } from '../payment/problems.ts';
import type { EdgeStore, EdgeWriter } from '../store/edge-store.ts';
import type { RefundBook } from './refund-book.ts';
import { refundableOf } from './refund-ledger.ts';
import type { RefundRecord } from './refund-record.ts';
import type { TerminalRefunds } from './terminal-refunds.ts';

/** A refund of a terminal payment that headquarters asks for, under the id that it chose. */
export interface AskedRefund {
  commandId: string;
  refundId: string;
  paymentId: string;
  amount: Money;
  reason: string;
  /** The person at headquarters. */
  actor: string;
}

/**
 * Refunds that the agent makes because headquarters asked [decisions: refunds, owner; commands]. What a till may do by itself
 * (its refund policy) is no limit here: headquarters has its own. Every rule about money holds.
 */
export interface AskedRefunds {
  /** Its terminal, reached and free; throws the refusal, before anything is written. */
  place(asked: AskedRefund): Promise<string>;
  /** Writes the intent, `also` in the same transaction, then starts; resolves when the terminal has answered or its time is over. */
  begin(asked: AskedRefund, terminalId: string, also: (writer: EdgeWriter) => void): Promise<void>;
  /** Tells the hub that nothing was done; kept where the payment is known. */
  decline(asked: AskedRefund, code: string, also: (writer: EdgeWriter) => void): void;
}

export function createAskedRefunds(parts: {
  nowMs: () => number;
  store: EdgeStore;
  payments: PaymentBook;
  refunds: RefundBook;
  terminalRefunds: TerminalRefunds;
}): AskedRefunds {
  const { store, payments, refunds, terminalRefunds } = parts;
  const record = (
    asked: AskedRefund,
    more: Pick<RefundRecord, 'status' | 'statusReason' | 'terminal'>,
  ): RefundRecord => {
    const nowMs = Math.floor(parts.nowMs());
    const { commandId, refundId, paymentId, amount, reason } = asked;
    const about = { commandId, refundId, paymentId, amount, reason, actor: `hq/${asked.actor}` };
    const fresh = { owner: 'agent', token: '', version: 1, hubVersion: 0 } as const;
    return { ...about, ...fresh, createdAtMs: nowMs, updatedAtMs: nowMs, ...more };
  };
  return {
    async place(asked) {
      const payment = refundable(payments, asked);
      mustFit(payment, asked, store.refundsOf(asked.paymentId));
      return terminalRefunds.choose(payment);
    },
    async begin(asked, terminalId, also) {
      mustFit(payments.must(asked.paymentId), asked, store.refundsOf(asked.paymentId));
      const refund = record(asked, { status: 'sent', terminal: { terminalId, start: 'sent' } });
      try {
        refunds.insert(refund, (writer) => {
          terminalRefunds.occupy(refund, writer);
          also(writer);
        });
      } catch (error) {
        if (isEdgeError(error, 'refund_exceeds_payment')) throw tooMuch(asked, error);
        if (!isEdgeError(error, 'disk_full')) throw error;
        throw refusal({ status: 503, code: 'disk_full', detail: 'the disk is full; nothing was started' }, error);
      }
      await terminalRefunds.begin(refund.refundId);
    },
    decline(asked, code, also) {
      const refund = record(asked, { status: 'declined', statusReason: code });
      if (payments.get(asked.paymentId)) refunds.insert(refund, also);
      else {
        store.transact((writer) => {
          writer.tellRefund(refund);
          also(writer);
        });
      }
    },
  };
}

function refundable(payments: PaymentBook, { paymentId }: AskedRefund): PaymentRecord {
  const payment = payments.get(paymentId);
  if (!payment) {
    const detail = 'this agent no longer has the payment: refund it at the terminal by hand';
    throw refusal({ status: 404, code: 'payment_unknown', detail, paymentId });
  }
  if (payment.method !== 'terminal' || payment.status !== 'paid') {
    const detail = `only a paid terminal payment is given back here; this one is ${payment.status}`;
    throw refusal({ status: 409, code: 'not_refundable', detail, paymentId });
  }
  return payment;
}

function mustFit(payment: PaymentRecord, asked: AskedRefund, refunds: readonly RefundRecord[]): void {
  const { amount, paymentId } = asked;
  if (!amount.isPositive || !amount.isWholeTenge) {
    throw refusal({ status: 400, code: 'amount_invalid', detail: 'terminals give back whole tenge', paymentId });
  }
  if (amount.compare(refundableOf(payment, refunds)) > 0) throw tooMuch(asked);
}

function tooMuch({ paymentId }: AskedRefund, cause?: unknown): ProblemError {
  const detail = 'more than this payment can still give back';
  return refusal({ status: 409, code: 'refund_exceeds_payment', detail, paymentId }, cause);
}
