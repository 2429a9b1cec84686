import type { Clock } from '@tolem/base';
import type { BankMethod, BankReply } from './bank-codes.ts';
import type { BankState } from './bank-state.ts';
import { deviceOfToken, findDevice, type Handled, type Members } from './device-desk.ts';
import { openPurchase, readAmount } from './purchase-desk.ts';
import { NumberText, readInt64 } from './wire-json.ts';

/** `remote/client-info` may be called so often by one device [QR 3.9 §4.6.1]. */
const CLIENT_INFO_PER_MINUTE = 50;
/** Reads of one invoice's status within the window that still pass for a person's; more is polling [QR 3.9 §4.6]. */
const READS_PER_WINDOW = 3;
const READ_WINDOW_MS = 60_000;
/** How long an invoice that was polled answers −999. */
const PUNISHMENT_MS = 300_000;

/**
 * Telephone numbers whose last four digits make the codes that annex 3 leaves without a text:
 * a caller can meet each of them without a fault.
 */
const PHONE_CODES: Record<string, { info?: number; create?: number }> = {
  '0401': { info: -1401, create: -1401 },
  '0404': { info: -1404, create: -1404 },
  '0029': { info: 9900000029 },
  '0031': { info: 9900000031 },
  '0032': { info: 9900000032, create: 990000032 },
  '0010': { create: 99000010 },
};
const NAMES = ['Айгүл С.', 'Ерлан Қ.', 'Дана М.', 'Тимур Ж.', 'Сәуле Б.'];
const PHONE = /^(?:8\d{10}|\d{10})$/;

export interface InvoiceDesk {
  clientInfo(query: Members): Handled;
  create(members: Members): Handled;
  cancel(members: Members): Handled;
  /** Counts a read of an invoice's status and tells whether the bank still answers it. */
  mayRead(bankPaymentId: string): boolean;
  /** Reads that were refused as automatic polling, for the journal of truth. */
  readonly polledReads: number;
}

/** Remote payments [QR 3.9 §4.6]. */
export function createInvoiceDesk(state: BankState): InvoiceDesk {
  const infoCalls = createWindowCounter(state.context.clock, READ_WINDOW_MS);
  const reads = createWindowCounter(state.context.clock, READ_WINDOW_MS);
  const punishedUntilMs = new Map<string, number>();
  let polledReads = 0;
  return {
    get polledReads() {
      return polledReads;
    },
    clientInfo: (query) => clientInfo(state, query, infoCalls),
    create: (members) => createInvoice(state, members),
    cancel: (members) => cancelInvoice(state, members),
    mayRead(bankPaymentId) {
      const nowMs = state.context.clock.nowMs();
      if (reads.count(bankPaymentId) > READS_PER_WINDOW) punishedUntilMs.set(bankPaymentId, nowMs + PUNISHMENT_MS);
      const isAllowed = (punishedUntilMs.get(bankPaymentId) ?? 0) <= nowMs;
      if (!isAllowed) polledReads += 1;
      return isAllowed;
    },
  };
}

function clientInfo(state: BankState, query: Members, calls: WindowCounter): Handled {
  const method = 'remote/client-info';
  const phone = query.phoneNumber ?? query.PhoneNumber;
  if (typeof phone !== 'string' || !PHONE.test(phone)) return { malformed: 'phoneNumber' };
  const device = deviceOfToken(state, query.deviceToken ?? query.DeviceToken, true);
  if (!device?.isActive) return state.refuse(method, 'device_not_found');
  if (calls.count(device.token) > CLIENT_INFO_PER_MINUTE) return state.refuse(method, 'unavailable');
  const point = checkPoint(state, method, device);
  if (point) return point;
  const code = PHONE_CODES[phone.slice(-4)]?.info;
  if (code !== undefined) return { code, message: 'Ошибка' };
  return { code: 0, message: 'OK', data: { ClientName: NAMES[Number(phone.at(-1)) % NAMES.length] } };
}

function createInvoice(state: BankState, members: Members): Handled {
  const method = 'remote/create';
  if (!(members.Amount instanceof NumberText)) return { malformed: 'Amount' };
  const { PhoneNumber: phone, Comment: comment } = members;
  if (typeof phone !== 'string' || !PHONE.test(phone)) return { malformed: 'PhoneNumber' };
  const device = findDevice(state, method, members);
  if ('code' in device) return device.code === -1502 ? state.refuse(method, 'device_not_found') : device;
  const point = checkPoint(state, method, device);
  if (point) return point;
  const amount = readAmount(members.Amount);
  if (!amount) return state.refuse(method, 'amount_invalid');
  const code = PHONE_CODES[phone.slice(-4)]?.create;
  if (code !== undefined) return { code, message: 'Ошибка' };
  const note = typeof comment === 'string' ? { comment } : {};
  const purchase = openPurchase(state, { kind: 'invoice', device, amount, phone: phone.padStart(11, '8'), ...note });
  return { code: 0, message: 'OK', data: { QrPaymentId: new NumberText(purchase.bankPaymentId) } };
}

/** [QR 3.9 §4.6.3] An invoice that was paid or refused before answers its status as it is. */
function cancelInvoice(state: BankState, members: Members): Handled {
  const method = 'remote/cancel';
  const id = readInt64(members.QrPaymentId);
  if (id === undefined) return { malformed: 'QrPaymentId' };
  const device = findDevice(state, method, members);
  if ('code' in device) return device.code === -1502 ? state.refuse(method, 'device_not_found') : device;
  const purchase = state.purchase(id);
  if (purchase?.kind !== 'invoice' || purchase.organizationBin !== device.organizationBin) {
    return state.refuse(method, 'purchase_not_found');
  }
  const cancelled = state.apply(purchase, 'cancel') ?? purchase;
  return { code: 0, message: 'OK', data: { Status: state.word(cancelled) } };
}

function checkPoint(
  state: BankState,
  method: BankMethod,
  device: { organizationBin: string; tradePointId: string },
): BankReply | undefined {
  const point = state.tradePoint(device.organizationBin, device.tradePointId);
  if (!point) return state.refuse(method, 'trade_point_not_found');
  return point.enabled ? undefined : state.refuse(method, 'trade_point_disabled');
}

interface WindowCounter {
  /** Counts one event and gives how many the key has had within the window. */
  count(key: string): number;
}

function createWindowCounter(clock: Clock, windowMs: number): WindowCounter {
  const moments = new Map<string, number[]>();
  return {
    count(key) {
      const nowMs = clock.nowMs();
      const recent = [...(moments.get(key) ?? []).filter((moment) => moment > nowMs - windowMs), nowMs];
      moments.set(key, recent);
      return recent.length;
    },
  };
}
