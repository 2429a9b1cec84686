import type { BankReply } from './bank-codes.ts';
import { DEFAULT_CUSTOMER, type RefundCode } from './bank-records.ts';
import type { BankState } from './bank-state.ts';
import { findDevice, type Handled, type Members } from './device-desk.ts';
import { dateForm, formatKaspiDate } from './kaspi-dates.ts';
import { makeToken } from './purchase-desk.ts';
import { refundCodeWord } from './refund-code-machine.ts';
import { NumberText, readInt64 } from './wire-json.ts';

/** Apart from the purchases' ids, so that one taken for the other is found out. */
const FIRST_QR_RETURN_ID = 880_000_000;
/** The most purchases that `return/operations` lists [QR 3.9 §3.4.3]. */
const MOST_OPERATIONS = 10;

/** `return/create` [QR 3.9 §3.4.1]: every call makes another code. */
export function createRefundCode(state: BankState, members: Members): Handled {
  const method = 'return/create';
  const device = findDevice(state, method, members);
  if ('code' in device) return device;
  const point = state.tradePoint(device.organizationBin, device.tradePointId);
  if (!point) return state.refuse(method, 'trade_point_not_found');
  if (!point.enabled) return state.refuse(method, 'trade_point_disabled');
  const sequence = state.nextSequence();
  const nowMs = state.context.clock.nowMs();
  const { scanWaitS, pollIntervalS } = state.settings;
  const code: RefundCode = {
    type: 'refund_code',
    qrReturnId: String(FIRST_QR_RETURN_ID + sequence),
    sequence,
    phase: 'created',
    qrToken: makeToken(state, sequence),
    organizationBin: device.organizationBin,
    tradePointId: device.tradePointId,
    deviceToken: device.token,
    ...(typeof members.ExternalId === 'string' ? { externalId: members.ExternalId } : {}),
    createdAtMs: nowMs,
    changedAtMs: nowMs,
    scanDeadlineMs: nowMs + scanWaitS * 1000,
  };
  state.saveRefundCode(code);
  const data = {
    QrToken: code.qrToken,
    ExpireDate: formatKaspiDate(code.scanDeadlineMs, dateForm(sequence)),
    QrReturnId: new NumberText(code.qrReturnId),
    QrReturnBehaviorOptions: { QrCodeScanEventPollingInterval: pollIntervalS, QrCodeScanWaitTimeout: scanWaitS },
  };
  return { code: 0, message: 'OK', data };
}

/** `return/status/{QrReturnId}` [QR 3.9 §3.4.2]; another organisation's code is not there. */
export function readRefundStatus(
  state: BankState,
  qrReturnId: string,
  organizationBin: string,
  shownWord?: string,
): BankReply {
  const code = state.refundCode(qrReturnId);
  if (code?.organizationBin !== organizationBin) return state.refuse('return/status', 'purchase_not_found');
  const Status = shownWord ?? refundCodeWord(code.phase, state.settings.expiredWord);
  return { code: 0, message: 'OK', data: { Status } };
}

/** `return/operations`: the known customer's last purchases at this trade point, newest first [QR 3.9 §3.4.3]. */
export function listOperations(state: BankState, members: Members): Handled {
  const method = 'return/operations';
  const id = readInt64(members.QrReturnId);
  if (id === undefined || !(members.QrReturnId instanceof NumberText)) return { malformed: 'QrReturnId' };
  const limit = readLimit(members.MaxResult);
  if (limit === undefined) return { malformed: 'MaxResult' };
  const device = findDevice(state, method, members);
  const code = state.refundCode(id);
  const isOurs = code?.phase === 'identified' && !('code' in device) && code.tradePointId === device.tradePointId;
  if (!isOurs || code.organizationBin !== device.organizationBin) return state.refuse(method, 'purchase_not_found');
  const data = purchasesOf(state, code)
    .slice(0, limit)
    .map((one) => ({
      QrPaymentId: new NumberText(one.bankPaymentId),
      TransactionDate: formatKaspiDate(one.chargedAtMs ?? one.createdAtMs, dateForm(one.sequence + 2)),
      Amount: new NumberText(one.chargedAmount ?? one.amount),
    }));
  return { code: 0, message: 'OK', data };
}

function purchasesOf(state: BankState, { customer, organizationBin, tradePointId }: RefundCode) {
  return [...state.purchases.values()]
    .filter((one) => one.phase === 'processed' && (one.customer ?? DEFAULT_CUSTOMER) === customer)
    .filter((one) => one.organizationBin === organizationBin && one.tradePointId === tradePointId)
    .sort((a, b) => (b.chargedAtMs ?? 0) - (a.chargedAtMs ?? 0) || b.sequence - a.sequence);
}

function readLimit(value: unknown): number | undefined {
  if (value === undefined || value === null) return MOST_OPERATIONS;
  const limit = value instanceof NumberText && /^\d{1,3}$/.test(value.text) ? Number(value.text) : 0;
  return limit >= 1 && limit <= MOST_OPERATIONS ? limit : undefined;
}
