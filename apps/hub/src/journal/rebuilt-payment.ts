import { Money } from '@tolem/base';
import type { PaymentFact } from '@tolem/proto';
import { openCase } from '../case/case-opener.ts';
import type { HubWorld } from '../hub-world.ts';
import { rebuiltInvoice } from '../invoice/invoice-schedule.ts';
import type { Payment } from '../payment/payment.ts';
import { hintPayment, noteEvent } from '../payment/payment-ledger.ts';
import { watchLengthMs } from '../payment/watch-schedule.ts';
import { present } from '../present.ts';
import type { StoreTransaction } from '../store/store.ts';

/** How often a rebuilt payment is asked about: the bank's interval was not reported. */
const POLL_MS = 5_000;
const REBUILT_VERSION = 1_000;
/** What an agent says of a payment without an id that the hub had once held. */
const WAS_HELD: ReadonlySet<string> = new Set(['hub_not_found', 'invoice_unanswered']);

/**
 * A payment that the hub should hold and does not: its database was restored from before it [decisions: restore]. From what
 * the agent reported it is rebuilt as `unknown`, or as ended where its till was told so (then late money stays late), and the
 * bank is asked; without its device, or where another payment
 * has its purchase, a person looks.
 */
export async function rebuildPayment(
  tx: StoreTransaction,
  world: HubWorld,
  agentId: string,
  fact: PaymentFact,
): Promise<Payment | undefined> {
  const { paymentId, bankPaymentId, deviceId } = fact;
  // Ended before a code was ever shown: nothing was at the bank. An invoice may be there without an id; one that the agent
  // is only just asking for, whose report overtook the call, is not lost.
  const isUnanswered =
    bankPaymentId === undefined && fact.method === 'invoice' && !fact.final && WAS_HELD.has(fact.statusReason ?? '');
  if (bankPaymentId === undefined && !isUnanswered) return undefined;
  const twins =
    bankPaymentId === undefined ? [] : (await tx.payments.search({ text: bankPaymentId, limit: 1 })).payments;
  const device = deviceId === undefined ? undefined : await tx.devices.get(agentId, deviceId);
  const amount = Money.parse(fact.amount);
  if (device?.deviceToken === undefined || twins.length > 0) {
    const detail = {
      bankPaymentId: bankPaymentId ?? '',
      deviceId: deviceId ?? '',
      twin: twins[0]?.paymentId ?? '',
    };
    await openCase(tx, world, { kind: 'payment_not_rebuilt', subject: paymentId, agentId, amount, detail });
    return undefined;
  }
  const nowMs = world.time.nowMs();
  const isFailed = fact.status === 'failed';
  const isEnded = isFailed || fact.status === 'expired' || fact.status === 'cancelled';
  // A fact never makes a batch fail: should its key stand with another payment, it stays there.
  const holder = fact.keyHash === undefined ? undefined : await tx.payments.keyHolder(agentId, fact.keyHash);
  const isKeyFree = holder === undefined;
  const payment: Payment = {
    paymentId,
    source: 'hub',
    agentId,
    deviceId: device.deviceId,
    organizationBin: device.organizationBin,
    tradePointId: device.tradePointId,
    deviceToken: device.deviceToken,
    method: fact.method,
    amount,
    ...(fact.orderId === undefined ? {} : { orderId: fact.orderId }),
    requestHash: '',
    ...(isKeyFree ? present({ keyHash: fact.keyHash }) : {}),
    ...(fact.bodyHash === undefined ? {} : { bodyHash: fact.bodyHash }),
    status: isEnded ? fact.status : 'unknown',
    statusReason: isEnded ? (fact.statusReason ?? 'rebuilt') : 'rebuilt',
    final: isFailed,
    // Above every version of it that the lost hub can have told the agent.
    version: REBUILT_VERSION + fact.version,
    watched: !isFailed,
    ...(bankPaymentId === undefined ? {} : { bankPaymentId }),
    paymentMethods: [],
    pollIntervalMs: POLL_MS,
    scanWaitMs: 0,
    confirmWaitMs: 0,
    createdAtMs: fact.createdAtMs,
    updatedAtMs: nowMs,
    scanDeadlineMs: nowMs,
    watchUntilMs: nowMs + watchLengthMs(world.settings.intervals.lateWatch),
    ...(fact.collectedAtMs === undefined ? {} : { collectedAtMs: fact.collectedAtMs }),
    lateAcceptMs: world.settings.intervals.lateAcceptMs,
    refunded: Money.zero,
    refundReserved: Money.zero,
    owner: world.lease.fence(),
  };
  const rebuilt = fact.method === 'invoice' ? rebuiltInvoice(world, payment) : payment;
  await tx.payments.insert(rebuilt);
  const data = { bankPaymentId: bankPaymentId ?? '' };
  await noteEvent(tx, world, paymentId, { kind: 'rebuilt', actor: `agent:${agentId}`, data });
  if (isUnanswered) {
    const detail = { reference: paymentId, phone: '', code: 'rebuilt' };
    await openCase(tx, world, { kind: 'invoice_unanswered', subject: paymentId, paymentId, agentId, amount, detail });
  }
  hintPayment(tx, rebuilt);
  return rebuilt;
}
