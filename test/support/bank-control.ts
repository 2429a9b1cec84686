import { expectOk } from './json-client.ts';

/** What the simulator really did with money: the yardstick of every situation. */
export interface Truth {
  charges: Array<{
    bankPaymentId: string;
    externalId?: string;
    amount: string;
    source: string;
    terminalId?: string;
    processId?: string;
  }>;
  refunds: Array<{ bankRefundId: string; bankPaymentId: string; amount: string; source: string }>;
  /** Reads of invoices that the bank took for polling. */
  polledReads: number;
}

export interface Purchase {
  bankPaymentId: string;
  externalId?: string;
  word: string;
  qrToken?: string;
  paymentLink?: string;
  /** Of an invoice: our reference, and what the till says beside it. */
  comment?: string;
  phone?: string;
  phase?: string;
}

/** A code by which a customer makes themselves known for a refund (scheme 2). */
export interface RefundCode {
  qrReturnId: string;
  qrToken: string;
  phase: string;
}

export interface Fault {
  where: string;
  path: string;
  kind: string;
  times?: number;
  ms?: number;
  statusCode?: number;
  httpStatus?: number;
  word?: string;
  afterProcessing?: boolean;
}

/** The hands of the customer and of fate, through the simulator's control API. */
export interface BankControl {
  readonly pages: string;
  truth(): Promise<Truth>;
  purchases(externalId?: string): Promise<Purchase[]>;
  /** The invoices that were sent under our reference. */
  invoices(paymentId: string): Promise<Purchase[]>;
  act(bankPaymentId: string, action: string, body?: Record<string, unknown>): Promise<void>;
  refundCodes(): Promise<RefundCode[]>;
  /** The customer scans a refund code; one and the same customer unless told. */
  scanRefundCode(qrToken: string, customer?: string): Promise<void>;
  terminal(id: string, action: string, body?: Record<string, unknown>): Promise<void>;
  terminalState(id: string): Promise<Record<string, unknown>>;
  fault(fault: Fault): Promise<void>;
  clearFaults(): Promise<void>;
  calls(): Promise<Array<{ at: string; where: string; method: string; path: string; outcome: string }>>;
}

export function createBankControl(address: () => string): BankControl {
  const url = (path: string) => `http://${address()}/control${path}`;
  const control: BankControl = {
    get pages() {
      return `http://${address()}`;
    },
    truth: () => expectOk<Truth>(url('/truth')),
    async purchases(externalId) {
      const query = externalId === undefined ? '' : `?externalId=${encodeURIComponent(externalId)}`;
      const answer = await expectOk<Purchase[] | { purchases: Purchase[] }>(url(`/purchases${query}`));
      return Array.isArray(answer) ? answer : answer.purchases;
    },
    invoices: async (paymentId) =>
      (await control.purchases()).filter((one) => one.comment?.split(' ')[0] === paymentId),
    async act(bankPaymentId, action, body = {}) {
      await expectOk(url(`/purchases/${bankPaymentId}/${action}`), { body });
    },
    refundCodes: () => expectOk<RefundCode[]>(url('/refund-codes')),
    async scanRefundCode(qrToken, customer) {
      const codes = await expectOk<RefundCode[]>(url('/refund-codes'));
      const code = codes.find((one) => one.qrToken === qrToken);
      if (!code) throw new Error(`the bank has given no refund code ${qrToken}`);
      const body = customer === undefined ? {} : { customer };
      await expectOk(url(`/refund-codes/${code.qrReturnId}/scan`), { body });
    },
    async terminal(id, action, body = {}) {
      await expectOk(url(`/terminals/${id}/${action}`), { body });
    },
    terminalState: (id) => expectOk(url(`/terminals/${id}`)),
    async fault(fault) {
      await expectOk(url('/faults'), { body: fault });
    },
    async clearFaults() {
      await expectOk(url('/faults'), { method: 'DELETE' });
    },
    async calls() {
      const answer = await expectOk<unknown>(url('/calls'));
      return (Array.isArray(answer) ? answer : (answer as { calls: unknown[] }).calls) as Awaited<
        ReturnType<BankControl['calls']>
      >;
    },
  };
  return control;
}
