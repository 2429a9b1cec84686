import { Money, ProblemError } from '@tolem/base';
import { type BenchOptions, type CoreBench, createCoreBench } from '../core-bench.ts';
import type { Payment } from '../payment/payment.ts';
import type { CreatePayment } from '../payment/payment-service.ts';

/** A core bench for invoices, with what its bank was asked. */
export interface InvoiceBench extends CoreBench {
  /** An invoice of 1,500 ₸ to a customer whom the bank knows. */
  invoice(request?: Partial<CreatePayment>): Promise<Payment>;
  /** How often the bank was called by this method. */
  calls(method: string): number;
  /** Every read of the bank about a purchase. */
  reads(): number;
}

export const PHONE = '+7 707 123 45 67';
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const FIVE_MINUTES_MS = 300_000;

export async function createInvoiceBench(options: BenchOptions = {}): Promise<InvoiceBench> {
  const bench = await createCoreBench(options);
  const calls = (method: string) => bench.bank.calls.filter((call) => call.method === method).length;
  const invoice = (request: Partial<CreatePayment> = {}) =>
    bench.pay({ method: 'invoice', phone: PHONE, amount: Money.parse('1500.00'), ...request });
  const reads = () => calls('readStatus') + calls('readDetails');
  return Object.assign(Object.create(bench) as CoreBench, { invoice, calls, reads });
}

/** The code of the problem that a call ends with. */
export function failure(run: Promise<unknown>): Promise<unknown> {
  return run.then(
    () => 'resolved',
    (error: unknown) => (error instanceof ProblemError ? error.problem.code : error),
  );
}

/** The whole problem. */
export function problemOf(run: Promise<unknown>): Promise<unknown> {
  return run.then(
    () => 'resolved',
    (error: unknown) => (error instanceof ProblemError ? error.problem : error),
  );
}
