import { BaseError, Money } from '@tolem/base';
import type { BankReply } from './bank-codes.ts';
import { availableReturn, type Device, type Purchase } from './bank-records.ts';
import type { BankState } from './bank-state.ts';
import { deviceOfToken, findDevice, type Handled, type Members } from './device-desk.ts';
import { dateForm, formatKaspiDate } from './kaspi-dates.ts';
import type { PurchaseKind } from './purchase-machine.ts';
import { NumberText, readInt64 } from './wire-json.ts';

const LARGEST_AMOUNT = Money.fromTenge(100_000_000);
/** Just above 2^53: a reader that goes through a JS number gets another purchase's id. */
const FIRST_HUGE_ID = 9_007_199_254_740_993n;
const TOKEN_DIGITS = 41;

/** `qr/create` and `qr/create-link` [QR 3.9 §4.3.1, §4.3.2]. There is no idempotency: every call makes a purchase. */
export function createPurchase(state: BankState, kind: 'qr' | 'link', members: Members): Handled {
  const method = kind === 'qr' ? 'qr/create' : 'qr/create-link';
  if (!(members.Amount instanceof NumberText)) return { malformed: 'Amount' };
  const device = findDevice(state, method, members);
  if ('code' in device) return device;
  const point = state.tradePoint(device.organizationBin, device.tradePointId);
  if (!point) return state.refuse(method, 'trade_point_not_found');
  if (!point.enabled) return state.refuse(method, 'trade_point_disabled');
  if (!point.acceptsQr) return state.refuse(method, 'trade_point_without_qr');
  const amount = readAmount(members.Amount);
  if (!amount) return state.refuse(method, 'amount_invalid');
  if (point.paymentMethods.length === 0) return state.refuse(method, 'no_payment_methods');
  const externalId = typeof members.ExternalId === 'string' ? members.ExternalId : undefined;
  const purchase = openPurchase(state, { kind, device, amount, ...(externalId === undefined ? {} : { externalId }) });
  const timing = { StatusPollingInterval: state.settings.pollIntervalS };
  const { scanWaitS, confirmWaitS } = state.settings;
  const ExpireDate = formatKaspiDate(purchase.scanDeadlineMs, dateForm(purchase.sequence));
  const id = new NumberText(purchase.bankPaymentId);
  const PaymentMethods = point.paymentMethods;
  const data =
    kind === 'qr'
      ? {
          QrToken: purchase.qrToken,
          ExpireDate,
          QrPaymentId: id,
          PaymentMethods,
          QrPaymentBehaviorOptions: {
            ...timing,
            QrCodeScanWaitTimeout: scanWaitS,
            PaymentConfirmationTimeout: confirmWaitS,
          },
        }
      : {
          PaymentLink: purchase.paymentLink,
          ExpireDate,
          PaymentId: id,
          PaymentMethods,
          PaymentBehaviorOptions: {
            ...timing,
            LinkActivationWaitTimeout: scanWaitS,
            PaymentConfirmationTimeout: confirmWaitS,
          },
        };
  return { code: 0, message: 'OK', data };
}

export interface OpenPurchase {
  kind: PurchaseKind;
  device: Device;
  amount: Money;
  externalId?: string;
  phone?: string;
  comment?: string;
}

export function openPurchase(state: BankState, { kind, device, amount, ...given }: OpenPurchase): Purchase {
  const sequence = state.nextSequence();
  const nowMs = state.context.clock.nowMs();
  const lifeS = kind === 'invoice' ? state.settings.invoiceLifeS : state.settings.scanWaitS;
  const token = makeToken(state, sequence);
  const purchase: Purchase = {
    type: 'purchase',
    bankPaymentId: makePaymentId(state, sequence),
    sequence,
    kind,
    phase: 'created',
    organizationBin: device.organizationBin,
    tradePointId: device.tradePointId,
    deviceToken: device.token,
    amount: amount.toString(),
    ...given,
    ...(kind === 'qr' ? { qrToken: token } : {}),
    ...(kind === 'link' ? { paymentLink: `https://pay.kaspi.kz/pay/${token}` } : {}),
    createdAtMs: nowMs,
    changedAtMs: nowMs,
    scanDeadlineMs: nowMs + lifeS * 1000,
  };
  state.savePurchase(purchase);
  return purchase;
}

/** `payment/status/{id}`, v01 with the word alone, v02 with what was charged [QR 3.9 §4.3.3]. */
export function readStatus(state: BankState, id: string, version: 'v01' | 'v02', shownWord?: string): BankReply {
  const purchase = state.purchase(id);
  if (!purchase) return state.refuse('payment/status', 'purchase_not_found');
  const Status = shownWord ?? state.word(purchase);
  if (version === 'v01') return { code: 0, message: 'OK', data: { Status } };
  const point = state.tradePoint(purchase.organizationBin, purchase.tradePointId);
  const isLoan = purchase.method === 'Loan';
  const charged =
    purchase.phase === 'processed'
      ? {
          TransactionId: purchase.transactionId,
          ProductType: purchase.method,
          IsOffer: isLoan,
          LoanTerm: isLoan ? 3 : -1,
          ...(isLoan ? { LoanOfferName: 'Рассрочка' } : {}),
        }
      : {};
  const place = { StoreName: point?.name, Address: point?.address, City: point?.city };
  const Amount = new NumberText(purchase.chargedAmount ?? purchase.amount);
  return { code: 0, message: 'OK', data: { Status, ...charged, Amount, ...place } };
}

/** `payment/details` [QR 3.9 §4.4]. The example's answer has no `Message` and its data first. */
export function readDetails(state: BankState, query: Members): Handled {
  const id = readInt64(query.QrPaymentId);
  if (id === undefined) return { malformed: 'QrPaymentId' };
  const device = deviceOfToken(state, query.DeviceToken, true);
  const purchase = state.purchase(id);
  if (!device || !purchase || purchase.organizationBin !== device.organizationBin) {
    return state.refuse('payment/details', 'purchase_not_found');
  }
  return {
    code: 0,
    data: {
      QrPaymentId: new NumberText(id),
      TotalAmount: new NumberText(purchase.chargedAmount ?? purchase.amount),
      AvailableReturnAmount: new NumberText(availableReturn(purchase, state.refundsOf(id)).toString()),
      TransactionDate: formatKaspiDate(purchase.chargedAtMs ?? purchase.createdAtMs, dateForm(purchase.sequence + 1)),
    },
  };
}

/** An amount of money in a request: a JSON number above zero with at most two decimals. */
export function readAmount(value: unknown): Money | undefined {
  if (!(value instanceof NumberText)) return undefined;
  try {
    const amount = Money.parse(value.text);
    return amount.isPositive && amount.compare(LARGEST_AMOUNT) <= 0 ? amount : undefined;
  } catch (error) {
    if (error instanceof BaseError) return undefined;
    throw error;
  }
}

function makePaymentId(state: BankState, sequence: number): string {
  if (state.settings.hugeIds && sequence % 3 === 0) return String(FIRST_HUGE_ID + 2n * BigInt(sequence));
  return String(state.settings.firstPaymentId + 13 * sequence);
}

/** What stands in a code: digits, never twice the same. */
export function makeToken(state: BankState, sequence: number): string {
  const digits = [...state.context.random.bytes(TOKEN_DIGITS)].map((byte) => byte % 10).join('');
  const ending = String(sequence);
  return `5${digits.slice(1, TOKEN_DIGITS - ending.length)}${ending}`;
}
