import { KaspiError, type KaspiErrorCode, normalisePhone } from '@tolem/kaspi-core';
import type { Caller } from '../caller.ts';
import { usableDevice } from '../device/usable-device.ts';
import type { HubWorld } from '../hub-world.ts';
import { bankRefusal } from '../payment/bank-refusal.ts';
import type { FindPayer } from '../payment/payment-service.ts';
import { problem } from '../problem-catalogue.ts';
import type { DeviceRecord } from '../store/device-rows.ts';

/** `remote/client-info` may be called so often on one device [QR 3.9 §4.6.1]. */
const LOOKUPS_LIMIT = 50;
/** The bank's minute, and five seconds for calls that reach it later than others. */
const LOOKUPS_WINDOW_MS = 65_000;
/** Refusals that are about the device, not about whose number it is. */
const NOT_ABOUT_THE_PHONE = new Set<KaspiErrorCode>([
  'device_not_found',
  'device_inactive',
  'trade_point_not_found',
  'trade_point_disabled',
]);

type Place = Pick<DeviceRecord, 'organizationBin' | 'deviceId'> & { deviceToken: string };

/** Whose phone it is, for somebody who wants to be sure before an invoice goes out. Sends nothing. */
export async function findPayer(
  world: HubWorld,
  caller: Caller,
  { deviceId, phone }: FindPayer,
): Promise<{ clientName: string }> {
  if (caller.kind !== 'agent') throw problem('forbidden', 'only an agent looks up whom its invoice would go to');
  if (!world.bank.offer.invoices) throw problem('method_not_offered', 'the bank’s scheme has no invoices');
  const number = readPhone(phone);
  const device = await world.store.transaction((tx) => usableDevice(tx, caller.agentId, deviceId));
  return { clientName: await lookUpPayer(world, device, number) };
}

/**
 * The customer under this number, by the bank [QR 3.9 §4.6.1]. Rejects with `payer_lookups_exhausted` before the bank would,
 * `payer_not_found`, a refusal about the device, or `bank_unavailable`; nothing has moved in any of these.
 */
export async function lookUpPayer(world: HubWorld, place: Place, phone: string, paymentId?: string): Promise<string> {
  const about = paymentId === undefined ? {} : { paymentId };
  const taken = { nowMs: world.time.nowMs(), windowMs: LOOKUPS_WINDOW_MS, limit: LOOKUPS_LIMIT };
  const waitMs = await world.store.transaction((tx) =>
    tx.lookups.take(`${place.organizationBin}/${place.deviceId}`, taken),
  );
  if (waitMs !== undefined) {
    const retryAfterS = Math.ceil(waitMs / 1_000);
    throw problem('payer_lookups_exhausted', 'the bank allows 50 lookups a minute', { ...about, retryAfterS });
  }
  try {
    return (await world.bank.findPayer({ phone, deviceToken: place.deviceToken })).clientName;
  } catch (error) {
    throw lookupProblem(error, about);
  }
}

/** The bank lists five codes here and explains none of them: an answer that names nobody is a *no* about the number. */
function lookupProblem(error: unknown, about: { paymentId?: string }): Error {
  const code = error instanceof KaspiError ? error.code : undefined;
  if (code !== undefined && NOT_ABOUT_THE_PHONE.has(code)) {
    const refused = bankRefusal(error, about);
    if (refused) return refused;
  }
  const hasAnswered = error instanceof KaspiError && error.peerCode !== undefined;
  if (hasAnswered && code !== 'unavailable' && code !== 'unauthenticated') {
    const detail = `the bank names no customer under this number (${error.peerCode})`;
    return problem('payer_not_found', detail, about, error);
  }
  return problem('bank_unavailable', 'the bank did not say whose number this is; no invoice was sent', about, error);
}

/** Eleven digits with a leading 8; throws `phone_invalid`. */
export function readPhone(text: string, about: { paymentId?: string } = {}): string {
  try {
    return normalisePhone(text);
  } catch (error) {
    if (!(error instanceof KaspiError)) throw error;
    throw problem('phone_invalid', 'phone: a mobile number of Kazakhstan is needed, such as 87077777777', {
      ...about,
      fields: [{ path: 'phone', expected: 'eleven digits with a leading 8' }],
    });
  }
}
