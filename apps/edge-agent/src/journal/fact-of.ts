import type { CaseFact, PaymentFact, RefundFact, TerminalFact } from '@tolem/proto';
import type { EdgeCase } from '../case/case.ts';
import type { PaymentRecord } from '../payment/payment-record.ts';
import type { RefundRecord } from '../refund/refund-record.ts';
import type { TerminalRecord } from '../terminal/terminal-record.ts';

/** The wire's limits on words and receipts (@tolem/proto facts): longer texts are cut rather than refused by the hub. */
const WORDS_MAX = 200;
const RECEIPT_KEY_MAX = 60;
const RECEIPT_VALUE_MAX = 300;
const DETAIL_VALUE_MAX = 500;
/** Receipts and details as JSON in UTF-8: with all other words a row stays far below what one message carries. */
const TEXTS_BYTES_MAX = 8 * 1024;

export function paymentFactOf(payment: PaymentRecord): PaymentFact {
  return {
    paymentId: payment.paymentId,
    version: payment.version,
    method: payment.method,
    amount: payment.amount.toString(),
    status: payment.status,
    final: payment.final,
    createdAtMs: payment.createdAtMs,
    updatedAtMs: payment.updatedAtMs,
    ...words('statusReason', payment.statusReason),
    ...words('orderId', payment.orderId),
    ...words('deviceId', payment.deviceId),
    ...words('bankPaymentId', payment.bankPaymentId),
    ...words('keyHash', payment.keyHash),
    ...words('bodyHash', payment.bodyHash),
    ...(payment.paidAtMs === undefined ? {} : { paidAtMs: payment.paidAtMs }),
    ...(payment.amountPaid === undefined ? {} : { amountPaid: payment.amountPaid.toString() }),
    ...(payment.collectedAtMs === undefined ? {} : { collectedAtMs: payment.collectedAtMs }),
    ...terminalOf(payment),
  };
}

function terminalOf(payment: PaymentRecord): Pick<PaymentFact, 'terminal'> {
  const { terminal } = payment;
  if (!terminal || terminal.terminalId === '') return {};
  return {
    terminal: {
      terminalId: terminal.terminalId,
      ...words('processId', terminal.processId),
      ...words('subStatus', terminal.subStatus),
      ...words('method', terminal.method),
      ...words('transactionId', terminal.transactionId),
      ...words('resolvedBy', payment.resolvedBy),
      ...words('resolvedReason', payment.resolvedReason),
      ...(payment.receipt === undefined
        ? {}
        : { receipt: cutAll(payment.receipt, RECEIPT_KEY_MAX, RECEIPT_VALUE_MAX) }),
    },
  };
}

export function refundFactOf(refund: RefundRecord): RefundFact {
  const { terminal } = refund;
  return {
    refundId: refund.refundId,
    paymentId: refund.paymentId,
    version: refund.version,
    amount: refund.amount.toString(),
    status: refund.status,
    reason: cut(refund.reason),
    actor: cut(refund.actor),
    createdAtMs: refund.createdAtMs,
    updatedAtMs: refund.updatedAtMs,
    ...words('statusReason', refund.statusReason),
    ...(refund.evidence === undefined ? {} : { evidence: refund.evidence }),
    ...words('keyHash', refund.keyHash),
    ...words('bodyHash', refund.bodyHash),
    ...words('resolvedBy', refund.resolvedBy),
    ...words('resolvedReason', refund.resolvedReason),
    ...(terminal?.terminalId
      ? { terminal: { terminalId: terminal.terminalId, ...words('processId', terminal.processId) } }
      : {}),
  };
}

export function caseFactOf(entry: EdgeCase): CaseFact {
  return {
    caseId: entry.caseId,
    kind: entry.kind,
    open: entry.open,
    detail: cutAll(entry.detail, RECEIPT_KEY_MAX, DETAIL_VALUE_MAX),
    ...(entry.paymentId === undefined ? {} : { paymentId: entry.paymentId }),
    ...(entry.refundId === undefined ? {} : { refundId: entry.refundId }),
    ...(entry.amount === undefined ? {} : { amount: entry.amount.toString() }),
    ...words('closedBy', entry.closedBy),
    ...words('closeReason', entry.closeReason),
  };
}

export function terminalFactOf(terminal: TerminalRecord): TerminalFact {
  const state = terminal.blocked ? 'blocked' : terminal.unresolved ? 'unresolved' : 'ready';
  return {
    terminalId: terminal.terminalId,
    state,
    ...words('reason', terminal.blocked ?? terminal.unresolved ?? terminal.releasedReason),
    ...words('by', terminal.releasedBy),
    ...(terminal.openOperation?.kind === 'payment' ? { paymentId: terminal.openOperation.id } : {}),
  };
}

function cut(text: string, max = WORDS_MAX): string {
  // Half of a character outside the basic plane would not survive the way to the hub.
  return text.slice(0, max).toWellFormed();
}

function words<Key extends string>(key: Key, text: string | undefined): { [K in Key]?: string } {
  return (text === undefined ? {} : { [key]: cut(text) }) as { [K in Key]?: string };
}

/** A terminal's receipt is its own: what does not fit into a row any more is left out, the last lines first. */
function cutAll(texts: Record<string, string>, keyMax: number, valueMax: number): Record<string, string> {
  const fitting: Array<[string, string]> = [];
  let bytes = 0;
  for (const [key, text] of Object.entries(texts)) {
    const entry: [string, string] = [cut(key, keyMax), cut(text, valueMax)];
    bytes += Buffer.byteLength(JSON.stringify(entry), 'utf8');
    if (bytes > TEXTS_BYTES_MAX) break;
    fitting.push(entry);
  }
  return Object.fromEntries(fitting);
}
