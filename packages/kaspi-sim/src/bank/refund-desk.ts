import { Money } from '@tolem/base';
import type { BankReply } from './bank-codes.ts';
import { availableReturn, type BankRefund, type Purchase } from './bank-records.ts';
import type { BankState } from './bank-state.ts';
import { findDevice, type Handled, type Members } from './device-desk.ts';
import { readAmount } from './purchase-desk.ts';
import { NumberText, readInt64 } from './wire-json.ts';

/** `payment/return` without the customer [QR 3.9 §4.5]. Every call that is not refused returns money: nothing tells a repeat. */
export function returnPurchase(state: BankState, members: Members): Handled {
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
  return returnAmount(state, purchase, readAmount(members.Amount));
}

function returnAmount(state: BankState, purchase: Purchase, amount: Money | undefined): BankReply {
  const method = 'payment/return';
  if (purchase.phase !== 'processed') return state.refuse(method, 'payment_not_refundable');
  const available = availableReturn(purchase, state.refundsOf(purchase.bankPaymentId));
  if (!amount || amount.compare(available) > 0) return state.refuse(method, 'refund_exceeds_payment');
  const isWhole = amount.equals(Money.parse(purchase.chargedAmount ?? purchase.amount));
  if (!isWhole && !state.settings.partialRefunds) return state.refuse(method, 'partial_refund_impossible');
  const refund = giveBack(state, purchase, amount, 'api');
  return { code: 0, message: 'OK', data: { ReturnOperationId: new NumberText(refund.bankRefundId) } };
}

/** Returns money and writes it into the journal of truth. The caller has checked that it is there to return. */
export function giveBack(
  state: BankState,
  purchase: Purchase,
  amount: Money,
  source: BankRefund['source'],
): BankRefund {
  const refund: BankRefund = {
    type: 'refund',
    bankRefundId: String(7_000_000_000 + state.refundCount + 1),
    bankPaymentId: purchase.bankPaymentId,
    amount: amount.toString(),
    atMs: state.context.clock.nowMs(),
    source,
  };
  state.saveRefund(refund);
  const { bankRefundId, bankPaymentId } = refund;
  const at = new Date(refund.atMs).toISOString();
  state.truth.refund({ bankRefundId, bankPaymentId, amount: refund.amount, at, source });
  return refund;
}
