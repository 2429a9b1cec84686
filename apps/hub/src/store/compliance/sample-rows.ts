import { Money } from '@tolem/base';
import type { Case } from '../../case/case.ts';
import type { Command } from '../../command/command.ts';
import type { Payment } from '../../payment/payment.ts';
import type { Refund } from '../../refund/refund.ts';
import type { RefundSession } from '../../refund-session/refund-session.ts';
import type { NewDelivery } from '../../webhook/webhook.ts';
import type { AgentRecord } from '../agent-rows.ts';
import type { DeviceRecord } from '../device-rows.ts';
import type { StoredJournalRow } from '../journal-rows.ts';

export const tenge = (amount: number) => Money.fromTenge(amount);

/** A paid payment of 1,500 ₸ with only the members that every payment has, and `amountPaid`. */
export function samplePayment(members: Partial<Payment> & { paymentId: string }): Payment {
  return {
    source: 'hub',
    agentId: 'till-1',
    deviceId: 'till-1',
    organizationBin: '180340021791',
    tradePointId: '1',
    deviceToken: '"token"',
    method: 'qr',
    amount: tenge(1500),
    requestHash: 'hash',
    status: 'paid',
    final: true,
    version: 1,
    watched: false,
    paymentMethods: [],
    pollIntervalMs: 5000,
    scanWaitMs: 180_000,
    confirmWaitMs: 60_000,
    createdAtMs: 1000,
    updatedAtMs: 1000,
    amountPaid: tenge(1500),
    lateAcceptMs: 60_000,
    refunded: Money.zero,
    refundReserved: Money.zero,
    ...members,
  };
}

/** Every member that a payment can have, none at its default. */
export function fullPayment(paymentId: string): Payment {
  return samplePayment({
    paymentId,
    orderId: 'чек "7"',
    keyHash: 'key',
    bodyHash: 'body',
    statusReason: 'amount_mismatch',
    final: false,
    version: 7,
    watched: true,
    claim: { instance: 'a', generation: 3, nonce: 'n', atMs: 1001 },
    bankPaymentId: '9223372036854775807',
    qrToken: 'qr',
    paymentLink: 'https://pay.example/1',
    paymentMethods: ['Gold', 'Loan, "24"'],
    phone: '87071234567',
    payerName: 'Айгерим Б.',
    comment: 'чек "7"',
    sentAtMs: 1_768_456_800_132,
    readAtMs: 1_768_456_800_133,
    nextReadAtMs: 1_768_456_800_134,
    createdAtMs: 1_768_456_800_123,
    updatedAtMs: 1_768_456_800_124,
    scanDeadlineMs: 1_768_456_800_125,
    confirmDeadlineMs: 1_768_456_800_126,
    expiresAtMs: 1_768_456_800_127,
    watchUntilMs: 1_768_456_800_128,
    unreachableSinceMs: 1_768_456_800_129,
    paidAtMs: 1_768_456_800_130,
    amount: Money.parse('5000000.00'),
    amountPaid: Money.parse('4999999.99'),
    amountUnread: true,
    collectedAtMs: 1_768_456_800_131,
    late: { amount: Money.parse('0.01'), detectedAtMs: 5, claimUntilMs: 6, outcome: 'refunding', refundId: 'r' },
    refunded: Money.parse('0.01'),
    refundReserved: Money.parse('0.02'),
    owner: { instance: 'a', generation: 3 },
    edge: { receipt: 'Чек № 7', none: null, nested: { zero: '\u0000', list: [1, 'two', false] } },
  });
}

/** A refund of 100 ₸ at work. */
export function sampleRefund(members: Partial<Refund> & { refundId: string; paymentId: string }): Refund {
  return {
    amount: tenge(100),
    status: 'approved',
    reason: 'wrong size',
    actor: 'person:anna',
    requestHash: 'hash',
    version: 1,
    createdAtMs: 2000,
    updatedAtMs: 2000,
    sends: 0,
    source: 'hub',
    nextReadAtMs: 2000,
    ...members,
  };
}

export function sampleCommand(
  members: Partial<Command> & { commandId: string; refundId: string; paymentId: string },
): Command {
  return {
    kind: 'refund_terminal',
    agentId: 'till-1',
    amount: tenge(100),
    reason: 'wrong size',
    actor: 'anna',
    state: 'pending',
    createdAtMs: 1000,
    updatedAtMs: 1000,
    expiresAtMs: 601_000,
    version: 1,
    ...members,
  };
}

/** A session that has just been wished for. */
export function sampleRefundSession(members: Partial<RefundSession> & { refundSessionId: string }): RefundSession {
  const place = { organizationBin: '180340021791', tradePointId: '1' };
  return {
    ...{ agentId: 'till-1', deviceId: 'till-1', deviceToken: '"token"', ...place },
    status: 'opening',
    version: 1,
    createdAtMs: 1000,
    updatedAtMs: 1000,
    expiresAtMs: 121_000,
    purchaseIds: [],
    ...members,
  };
}

export function sampleAgent(members: Partial<AgentRecord> & { agentId: string }): AgentRecord {
  const state = { session: 0, online: false, stopping: false, health: [] };
  return { name: 'Касса 1', storeName: 'Магазин 1', addedAtMs: 1000, ...state, ...members };
}

export function sampleDevice(members: Partial<DeviceRecord> & { agentId: string; deviceId: string }): DeviceRecord {
  const place = { organizationBin: '180340021791', tradePointId: '1', tradePointName: 'Магазин 1' };
  return { ...place, enabled: true, requestedAtMs: 1000, ...members };
}

export function sampleCase(members: Partial<Case> & { caseId: string }): Case {
  return { kind: 'late_money', detail: {}, openedAtMs: 1000, ...members };
}

/** An event of a payment on its way to `shop`. */
export function sampleDelivery(members: Partial<NewDelivery> & { eventId: string }): NewDelivery {
  return {
    endpointId: 'shop',
    type: 'payment.paid',
    subject: 'p1',
    body: '{"text":"чек"}',
    atMs: 1000,
    state: 'waiting',
    attempts: 0,
    sinceMs: 1000,
    nextAtMs: 1000,
    ...members,
  };
}

export function sampleRow(members: Partial<StoredJournalRow> & { seq: number }): StoredJournalRow {
  return {
    agentId: 'till-1',
    epoch: '00ff',
    eventId: `event-${members.seq}`,
    kind: 'payment',
    payload: '{"text":"\\u0000 чек"}',
    atMs: 1000,
    monoMs: 12.25,
    boot: 'boot',
    hash: Uint8Array.of(0, 255, members.seq),
    takenAtMs: 2000,
    applied: true,
    ...members,
  };
}
