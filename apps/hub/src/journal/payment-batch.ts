import { assert } from '@tolem/base';
import type { Payment } from '../payment/payment.ts';
import type { PaymentEvent } from '../payment/payment-service.ts';
import type { PaymentRows } from '../store/payment-rows.ts';
import type { StoreTransaction } from '../store/store.ts';

/** A transaction in which the payments of a batch of facts are read at once and those of the edge written at once. */
export interface PaymentBatch {
  /** Shows every fact what the facts before it have made; whatever it is asked that it can't tell, it writes first. */
  tx: StoreTransaction;
  /** Writes what the facts have left: each payment once, as it stands, and each fact's line of its history. */
  write(): Promise<void>;
}

interface Held {
  payment: Payment;
  /** The version in the database, under our lock; absent where it is not there yet. */
  stored?: number;
}

/**
 * Locks the payments that a batch speaks of. A fact costs no statement of its own then where its payment is the edge's;
 * payments of the hub are written through, because its ledger checks the lease and other tables with every write.
 */
export async function openPaymentBatch(tx: StoreTransaction, paymentIds: ReadonlySet<string>): Promise<PaymentBatch> {
  const held = new Map<string, Held>();
  const found = paymentIds.size === 0 ? [] : await tx.payments.lockMany([...paymentIds]);
  for (const payment of found) held.set(payment.paymentId, { payment, stored: payment.version });
  let events: Array<{ paymentId: string; event: PaymentEvent }> = [];
  const isHeldBack = (payment: Payment): boolean => payment.source === 'edge' && paymentIds.has(payment.paymentId);
  const write = async (): Promise<void> => {
    await writePayments(tx.payments, [...held.values()]);
    for (const one of held.values()) one.stored = one.payment.version;
    const lines = events;
    events = [];
    if (lines.length > 0) await tx.payments.addEvents(lines);
  };
  const keep = (payment: Payment, isWritten: boolean): void => {
    const known = held.get(payment.paymentId);
    if (!paymentIds.has(payment.paymentId)) return;
    const stored = isWritten ? payment.version : known?.stored;
    held.set(payment.paymentId, { payment, ...(stored === undefined ? {} : { stored }) });
  };
  const payments: PaymentRows = {
    ...afterWriting(tx.payments, write),
    async get(paymentId, options) {
      return paymentIds.has(paymentId) ? held.get(paymentId)?.payment : tx.payments.get(paymentId, options);
    },
    async insert(payment) {
      if (held.has(payment.paymentId)) return false;
      const isWritten = !isHeldBack(payment);
      if (isWritten && !(await tx.payments.insert(payment))) return false;
      keep(payment, isWritten);
      return true;
    },
    async save(payment, guard) {
      const isWritten = !isHeldBack(payment);
      assert(isWritten || guard.fence === undefined, 'a payment of the edge has no owner here');
      const seen = held.get(payment.paymentId)?.payment.version;
      const isSaved = isWritten ? await tx.payments.save(payment, guard) : seen === guard.version;
      if (isSaved) keep(payment, isWritten);
      return isSaved;
    },
    async addEvent(paymentId, event) {
      const payment = held.get(paymentId)?.payment;
      if (payment && isHeldBack(payment)) events.push({ paymentId, event });
      else await tx.payments.addEvent(paymentId, event);
    },
  };
  // A refund stands on its payment's row.
  const refunds = afterWriting(tx.refunds, write);
  return { tx: { ...tx, payments, refunds }, write };
}

async function writePayments(rows: PaymentRows, held: readonly Held[]): Promise<void> {
  const added = held.filter((one) => one.stored === undefined).map((one) => one.payment);
  const changed = held.flatMap(({ payment, stored }) =>
    stored === undefined || stored === payment.version ? [] : [{ payment, version: stored }],
  );
  if (added.length > 0) await rows.insertMany(added);
  if (changed.length === 0) return;
  const saved = await rows.saveMany(changed);
  assert(saved === changed.length, 'a locked payment changed under its lock');
}

/** Every other question is put to the database, which must know everything by then. */
function afterWriting<Rows extends object>(rows: Rows, write: () => Promise<void>): Rows {
  const first = <Arguments extends unknown[], Result>(ask: (...given: Arguments) => Promise<Result>) => {
    return async (...given: Arguments): Promise<Result> => {
      await write();
      return ask(...given);
    };
  };
  const asked = Object.entries(rows).map(([name, ask]) => [
    name,
    first(ask as (...given: unknown[]) => Promise<unknown>),
  ]);
  return Object.fromEntries(asked) as Rows;
}
