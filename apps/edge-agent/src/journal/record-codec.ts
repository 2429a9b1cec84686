import { Money, sha256Hex } from '@tolem/base';
import type { EdgeCase } from '../case/case.ts';
import type { CommandRecord } from '../command/command-record.ts';
import { EdgeError } from '../edge-error.ts';
import type { PaymentRecord } from '../payment/payment-record.ts';
import type { RefundRecord } from '../refund/refund-record.ts';

/** Hexadecimal characters of a record's SHA-256 that stand before it: a damaged page shows at the read, not at the till. */
const SEAL_CHARS = 16;

/** Records as sealed JSON: money is a decimal string in tenge (`Money.toJSON`), everything else is itself. */
export function encode(record: object): string {
  const json = JSON.stringify(record);
  return sha256Hex(json).slice(0, SEAL_CHARS) + json;
}

export function isSealed(body: string): boolean {
  return sha256Hex(body.slice(SEAL_CHARS)).slice(0, SEAL_CHARS) === body.slice(0, SEAL_CHARS);
}

/** Throws `journal_unusable` for a record that is not as it was written: the process ends, and the next one checks the file. */
export function decode<Decoded>(body: string): Decoded {
  if (!isSealed(body)) throw new EdgeError('journal_unusable', 'a record of the journal is damaged');
  return JSON.parse(body.slice(SEAL_CHARS)) as Decoded;
}

type Written<Record, MoneyKey extends keyof Record> = Omit<Record, MoneyKey> & { [Key in MoneyKey]: string };

type WrittenPayment = Written<PaymentRecord, 'amount' | 'refunded'> & {
  amountPaid?: string;
  late?: { amount: string; claimable: boolean; claimUntilMs: number; refundId?: string };
};

export function decodePayment(body: string): PaymentRecord {
  const written = decode<WrittenPayment>(body);
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
  const written = decode<Written<RefundRecord, 'amount'>>(body);
  return { ...written, amount: Money.parse(written.amount) };
}

export function decodeCommand(body: string): CommandRecord {
  const written = decode<Written<CommandRecord, 'amount'>>(body);
  return { ...written, amount: Money.parse(written.amount) };
}

export function decodeCase(body: string): EdgeCase {
  const { amount, ...rest } = decode<Omit<EdgeCase, 'amount'> & { amount?: string }>(body);
  return { ...rest, ...(amount === undefined ? {} : { amount: Money.parse(amount) }) };
}
