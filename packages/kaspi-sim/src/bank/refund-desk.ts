import { Money } from '@tolem/base';
import type { BankReply } from './bank-codes.ts';
import {
  availableReturn,
  type BankRefund,
  DEFAULT_CUSTOMER,
  type Device,
  type Purchase,
  type RefundCode,
} from './bank-records.ts';
import type { BankState } from './bank-state.ts';
import { findDevice, type Handled, type Members } from './device-desk.ts';
import { readAmount } from './purchase-desk.ts';
import { NumberText, readInt64 } from './wire-json.ts';

/** `payment/return` without the customer [QR 3.9 §4.5]. Every call that is not refused returns money: nothing tells a repeat. */
export function returnPurchase(state: BankState, members: Members): Handled {
  return checkAndReturn(state, members);
}

/** `payment/return` of a customer who is known by a scanned refund code [QR 3.9 §3.4.5]. */
export function returnWithCustomer(state: BankState, members: Members): Handled {
  const id = readInt64(members.QrReturnId);
  if (id === undefined || !(members.QrReturnId instanceof NumberText)) return { malformed: 'QrReturnId' };
  return checkAndReturn(state, members, state.refundCode(id) ?? 'unknown');
}

function checkAndReturn(state: BankState, members: Members, code?: RefundCode | 'unknown'): Handled {
  const method = 'payment/return';
  const id = readInt64(members.QrPaymentId);
  if (id === undefined || !(members.QrPaymentId instanceof NumberText)) return { malformed: 'QrPaymentId' };
  if (!(members.Amount instanceof NumberText)) return { malformed: 'Amount' };
  const device = findDevice(state, method, members);
  if ('code' in device) return device;
  const point = state.tradePoint(device.organizationBin, device.tradePointId);
  if (!point) return state.refuse(method, 'trade_point_not_found');
  if (!point.enabled) return state.refuse(method, 'trade_point_disabled');
  const purchase = state.purchase(id);
  if (!purchase || purchase.organizationBin !== device.organizationBin)
    return state.refuse(method, 'purchase_not_found');
  if (purchase.tradePointId !== device.tradePointId) return state.refuse(method, 'refund_from_other_trade_point');
  if (code === undefined) return returnAmount(state, purchase, readAmount(members.Amount));
  return (
    refuseCode(state, code, device, purchase) ??
    returnAmount(state, purchase, readAmount(members.Amount), code === 'unknown' ? undefined : code)
  );
}

/** Annex 3 has no words for a refund code that is not there or not scanned: they are read from the nearest ones. */
function refuseCode(
  state: BankState,
  code: RefundCode | 'unknown',
  device: Device,
  purchase: Purchase,
): BankReply | undefined {
  const method = 'payment/return';
  if (code === 'unknown' || code.organizationBin !== device.organizationBin)
    return state.refuse(method, 'purchase_not_found');
  if (code.tradePointId !== device.tradePointId) return state.refuse(method, 'refund_from_other_trade_point');
  if (code.phase !== 'identified') return state.refuse(method, 'payment_not_refundable');
  const isTheirs = (purchase.customer ?? DEFAULT_CUSTOMER) === code.customer;
  return isTheirs ? undefined : state.refuse(method, 'purchase_not_found');
}

function returnAmount(state: BankState, purchase: Purchase, amount: Money | undefined, code?: RefundCode): BankReply {
  const method = 'payment/return';
  if (purchase.phase !== 'processed') return state.refuse(method, 'payment_not_refundable');
  const available = availableReturn(purchase, state.refundsOf(purchase.bankPaymentId));
  if (!amount || amount.compare(available) > 0) return state.refuse(method, 'refund_exceeds_payment');
  const isWhole = amount.equals(Money.parse(purchase.chargedAmount ?? purchase.amount));
  if (!isWhole && !state.settings.partialRefunds) return state.refuse(method, 'partial_refund_impossible');
  const refund = giveBack(state, purchase, amount, code ?? 'api');
  return { code: 0, message: 'OK', data: { ReturnOperationId: new NumberText(refund.bankRefundId) } };
}

/** Returns money and writes it into the journal of truth. The caller has checked that it is there to return. */
export function giveBack(
  state: BankState,
  purchase: Purchase,
  amount: Money,
  by: BankRefund['source'] | RefundCode,
): BankRefund {
  const known = typeof by === 'string' ? { source: by } : { source: 'api' as const, qrReturnId: by.qrReturnId };
  const refund: BankRefund = {
    type: 'refund',
    bankRefundId: String(7_000_000_000 + state.refundCount + 1),
    bankPaymentId: purchase.bankPaymentId,
    amount: amount.toString(),
    atMs: state.context.clock.nowMs(),
    ...known,
  };
  state.saveRefund(refund);
  const { bankRefundId, bankPaymentId } = refund;
  const at = new Date(refund.atMs).toISOString();
  const customer = purchase.customer ?? DEFAULT_CUSTOMER;
  state.truth.refund({ bankRefundId, bankPaymentId, amount: refund.amount, at, ...known, customer });
  return refund;
}
