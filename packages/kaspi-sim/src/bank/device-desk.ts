import type { BankMethod, BankReply } from './bank-codes.ts';
import type { Device } from './bank-records.ts';
import type { BankState } from './bank-state.ts';
import { NumberText, readInt64 } from './wire-json.ts';

/** A request's members by their documented names; numbers are `NumberText`. */
export type Members = Readonly<Record<string, unknown>>;

/** A request that breaks the form of its method: the document names no code, so it is an HTTP 400 without an envelope. */
export interface Malformed {
  malformed: string;
}

export type Handled = BankReply | Malformed;

const DEVICE_ID = /^[A-Za-z0-9_-]+$/;

/** [QR 3.9 §4.2.2] */
export function listTradePoints(state: BankState, organizationBin: string): BankReply {
  const organization = state.settings.organizations.find((one) => one.bin === organizationBin);
  if (!organization || organization.tradePoints.length === 0)
    return state.refuse('partner/tradepoints', 'no_trade_points');
  const data = organization.tradePoints.map((point) => ({
    TradePointId: new NumberText(point.id),
    TradePointName: point.name,
  }));
  return { code: 0, message: 'OK', data };
}

/** [QR 3.9 §4.2.3] The same arguments give the same token, also where the device has been deleted since. */
export function registerDevice(state: BankState, members: Members): Handled {
  const { DeviceId, OrganizationBin } = members;
  const tradePointId = readInt64(members.TradePointId);
  if (typeof DeviceId !== 'string' || !DEVICE_ID.test(DeviceId)) return { malformed: 'DeviceId' };
  if (tradePointId === undefined) return { malformed: 'TradePointId' };
  if (typeof OrganizationBin !== 'string') return { malformed: 'OrganizationBin' };
  const point = state.tradePoint(OrganizationBin, tradePointId);
  if (!point) return state.refuse('device/register', 'trade_point_not_found');
  if (!point.acceptsQr) return state.refuse('device/register', 'trade_point_without_qr');
  const known = state.device(OrganizationBin, DeviceId);
  const isSamePlace = known?.tradePointId === tradePointId;
  if (known?.isActive && !isSamePlace) return state.refuse('device/register', 'device_at_other_trade_point');
  if (known && isSamePlace && (known.isActive || state.settings.keepsDeadTokens)) return tokenReply(known);
  const isNumber = state.settings.deviceTokens === 'number';
  const device: Device = {
    type: 'device',
    organizationBin: OrganizationBin,
    deviceId: DeviceId,
    tradePointId,
    token: isNumber ? makeNumber(state) : state.context.ids.uuid(),
    isNumber,
    isActive: true,
  };
  state.saveDevice(device);
  return tokenReply(device);
}

/** [QR 3.9 §4.2.4] The example's answer is a bare code. */
export function deleteDevice(state: BankState, members: Members): Handled {
  const device = findDevice(state, 'device/delete', members);
  if ('code' in device) return device.code === -1502 ? state.refuse('device/delete', 'device_not_found') : device;
  state.saveDevice({ ...device, isActive: false });
  return { code: 0 };
}

/** The live device of a call, or the refusal: −1501 unknown, of another organisation or in another JSON type, −1502 deleted. */
export function findDevice(state: BankState, method: BankMethod, members: Members): Device | BankReply {
  const device = deviceOfToken(state, members.DeviceToken);
  if (!device || device.organizationBin !== members.OrganizationBin) return state.refuse(method, 'device_not_found');
  return device.isActive ? device : state.refuse(method, 'device_inactive');
}

/** By a token alone, as the methods without `OrganizationBin` have it. In a query every token is text. */
export function deviceOfToken(state: BankState, token: unknown, isQuery = false): Device | undefined {
  const text = token instanceof NumberText ? token.text : token;
  const device = typeof text === 'string' ? state.deviceByToken(text) : undefined;
  if (!device || (!isQuery && device.isNumber !== token instanceof NumberText)) return undefined;
  return device;
}

function tokenReply(device: Device): BankReply {
  return {
    code: 0,
    message: 'OK',
    data: { DeviceToken: device.isNumber ? new NumberText(device.token) : device.token },
  };
}

function makeNumber(state: BankState): string {
  let token = 321;
  while (state.deviceByToken(String(token))) token += 1;
  return String(token);
}
