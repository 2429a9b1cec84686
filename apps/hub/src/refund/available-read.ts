import type { Money } from '@tolem/base';
import { KaspiError } from '@tolem/kaspi-core';
import type { HubWorld } from '../hub-world.ts';
import { codeOf, readDetailsOf } from '../payment/bank-reader.ts';
import { bankRefusal } from '../payment/bank-refusal.ts';
import type { Payment } from '../payment/payment.ts';
import type { RefundInput } from './refund-input.ts';

export interface AvailableRead {
  read: Extract<RefundInput, { kind: 'available_read' | 'read_failed' | 'read_refused' }>;
  /** The device for which the bank answered. */
  deviceToken: string;
}

/** Reads with other devices in one turn: a shop has few, and each is a call. */
const OTHER_DEVICES = 5;
/** The device is no more; another live one of the same trade point may refund as well (notes 1.5). */
const DEVICE_GONE = new Set(['device_not_found', 'device_inactive']);

export function expectedAvailable(payment: Payment): Money {
  return (payment.amountPaid ?? payment.amount).minus(payment.refunded);
}

/** What the bank says can still be refunded, asked for with the payment's device or another of its trade point. Never rejects. */
export async function readAvailable(world: HubWorld, payment: Payment): Promise<AvailableRead> {
  const first = await readWith(world, payment, payment.deviceToken);
  if (first.kind !== 'read_refused' || !DEVICE_GONE.has(first.code)) {
    return { read: first, deviceToken: payment.deviceToken };
  }
  for (const deviceToken of await otherDevices(world, payment)) {
    const read = await readWith(world, payment, deviceToken);
    if (read.kind !== 'read_refused' || !DEVICE_GONE.has(read.code)) return { read, deviceToken };
  }
  return { read: first, deviceToken: payment.deviceToken };
}

async function otherDevices(world: HubWorld, payment: Payment): Promise<string[]> {
  const { organizationBin, tradePointId } = payment;
  const devices = await world.store.transaction((tx) => tx.devices.atTradePoint(organizationBin, tradePointId));
  const tokens = devices.filter((one) => one.enabled).map((one) => one.deviceToken);
  return tokens.filter((one) => one !== undefined && one !== payment.deviceToken).slice(0, OTHER_DEVICES) as string[];
}

async function readWith(world: HubWorld, payment: Payment, deviceToken: string): Promise<AvailableRead['read']> {
  const { time } = world;
  const askedAtMs = time.nowMs();
  try {
    const details = await readDetailsOf(world, payment.bankPaymentId ?? '', deviceToken);
    const available = details.availableReturnAmount;
    return { kind: 'available_read', nowMs: time.nowMs(), askedAtMs, available, expected: expectedAvailable(payment) };
  } catch (error) {
    const code = codeOf(error);
    const refusal = error instanceof KaspiError && REFUSED.has(error.code) ? bankRefusal(error) : undefined;
    if (!refusal) return { kind: 'read_failed', nowMs: time.nowMs(), askedAtMs, code };
    return { kind: 'read_refused', nowMs: time.nowMs(), code, detail: refusal.problem.detail };
  }
}

/** What the bank says about the payment or its device itself: asking the same again is useless. */
const REFUSED = new Set(['device_not_found', 'device_inactive', 'payment_not_found', 'not_offered']);
