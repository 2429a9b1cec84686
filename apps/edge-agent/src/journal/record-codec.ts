import { Money } from '@tolem/base';
import type { EdgeCase } from '../case/case.ts';
import type { PaymentRecord } from '../payment/payment-record.ts';
import type { RefundRecord } from '../refund/refund-record.ts';

/** Records as JSON: money is a decimal string in tenge (`Money.toJSON`), everything else is itself. */
export function encode(record: object): string {
  return JSON.stringify(record);
}

type Written<Record, MoneyKey extends keyof Record> = Omit<Record, MoneyKey> & { [Key in MoneyKey]: string };

export function decodePayment(body: string): PaymentRecord {
  const written = JSON.parse(body) as Written<PaymentRecord, 'amount' | 'refunded'> & {
    amountPaid?: string;
    late?: { amount: string; claimable: boolean; claimUntilMs: number; refundId?: string };
  };
  const { amountPaid, late, ...rest } = written;
  return {
    ...rest,
    amount: Money.parse(written.amount),
    refunded: Money.parse(written.refunded),
    ...(amountPaid === undefined ? {} : { amountPaid: Money.parse(amountPaid) }),
    ...(late === undefined ? {} : { late: { ...late, amount: Money.parse(late.amount) } }),
  };
}

export function decodeRefund(body: string): RefundRecord {
  const written = JSON.parse(body) as Written<RefundRecord, 'amount'>;
  return { ...written, amount: Money.parse(written.amount) };
}

export function decodeCase(body: string): EdgeCase {
  const { amount, ...rest } = JSON.parse(body) as Omit<EdgeCase, 'amount'> & { amount?: string };
  return { ...rest, ...(amount === undefined ? {} : { amount: Money.parse(amount) }) };
}
