import { assert, isUuid, type Money, requestHash } from '@tolem/base';
import { KaspiError } from '@tolem/kaspi-core';
import type { Caller } from '../caller.ts';
import { type UsableDevice, usableDevice } from '../device/usable-device.ts';
import { isHubError } from '../hub-error.ts';
import { hubOffer } from '../hub-offer.ts';
import type { HubWorld } from '../hub-world.ts';
import { readPhone } from '../invoice/find-payer.ts';
import { sendInvoice } from '../invoice/send-invoice.ts';
import { isOwn } from '../lease/own.ts';
import { plainText } from '../plain-text.ts';
import { present } from '../present.ts';
import { problem } from '../problem-catalogue.ts';
import type { StoreTransaction } from '../store/store.ts';
import { codeOf } from './bank-reader.ts';
import { bankRefusal } from './bank-refusal.ts';
import type { CreationClaim, Payment } from './payment.ts';
import type { PaymentInput } from './payment-input.ts';
import { applyToPayment, hintPayment, noteEvent, storePayment } from './payment-ledger.ts';
import type { CreatePayment } from './payment-service.ts';
import { refusingUsedKeys } from './used-key.ts';

/** How a creation went: ours to call the bank for, or the payment as it is. */
interface Begun {
  kind: 'claimed' | 'pending' | 'known';
  payment: Payment;
}

const TEXT_LIMIT = 200;
/** The document gives no length; with our reference before it a comment stays a line on a phone. */
const COMMENT_LIMIT = 100;
/** The longest session of a machine; money of a customer who has gone is not held for longer. */
const LATE_ACCEPT_MAX_MS = 3_600_000;

export interface PaymentCreation {
  create(caller: Caller, request: CreatePayment): Promise<Payment>;
}

/**
 * Creation by claim [decisions: owning open payments]: the intent and the claim are committed, the bank is called once,
 * and the answer is committed only while the claim is still ours; whoever commits it alone returns its token.
 */
export function createPaymentCreation(
  world: HubWorld,
  onStored: (payment: Payment) => void,
  waitForChange: (payment: Payment, limitMs: number) => Promise<void>,
): PaymentCreation {
  const { intervals } = world.settings;

  /** Nonces of the claims that this process is working on: a claim of ours that is not among them is nobody's any more. */
  const underWay = new Set<string>();

  const callBank = async (payment: Payment, claim: CreationClaim): Promise<Payment> => {
    if (payment.method === 'invoice') return sendInvoice(world, payment, claim, onStored);
    const input = await askForPurchase(world, payment);
    const outcome = await commitUsableAnswer(world, payment.paymentId, claim, input.input);
    onStored(outcome.payment);
    if (outcome.isOurs && input.refusal) throw input.refusal;
    return outcome.payment;
  };
  const createOnce = async (agentId: string, request: CreatePayment, hash: string) => {
    const claim = newClaim(world);
    underWay.add(claim.nonce);
    try {
      const attempt = { agentId, request, hash, claim, underWay };
      const key = { agentId, keyHash: request.keyHash };
      const begun = await refusingUsedKeys(world, key, () =>
        world.store.transaction((tx) => begin(tx, world, attempt)),
      );
      // Told before the bank is asked, and when it is only asked for again: an answer that was lost on its way from the
      // store must not leave a payment that nobody looks at.
      onStored(begun.payment);
      if (begun.kind !== 'claimed') return begun;
      return { kind: 'known' as const, payment: await callBank(begun.payment, claim) };
    } finally {
      underWay.delete(claim.nonce);
    }
  };
  return {
    async create(caller, request) {
      const agentId = checkRequest(world, caller, request);
      const hash = creationHash(request);
      const begun = await createOnce(agentId, request, hash);
      if (begun.kind === 'known') return begun.payment;
      await waitForChange(begun.payment, intervals.createWaitMs);
      return (await createOnce(agentId, request, hash)).payment;
    },
  };
}

function checkRequest(world: HubWorld, caller: Caller, request: CreatePayment): string {
  if (caller.kind !== 'agent') throw problem('forbidden', 'only an agent creates payments');
  const { paymentId } = request;
  if (!isUuid(paymentId)) throw problem('request_invalid', 'the payment id must be a UUID in lower case');
  if (request.method === 'terminal') {
    throw problem('method_not_offered', 'payments at a terminal are their agent’s', { paymentId });
  }
  if (!hubOffer(world.bank.offer).methods.includes(request.method)) {
    const detail = `scheme ${world.bank.offer.scheme} of the bank has no ${request.method}`;
    throw problem('method_not_offered', detail, { paymentId });
  }
  if (request.method === 'invoice') readPhone(request.phone ?? '', { paymentId });
  const { amountMinTiyn, amountMaxTiyn } = world.settings.limits;
  if (request.amount.tiyn < amountMinTiyn || request.amount.tiyn > amountMaxTiyn) {
    throw problem('amount_invalid', 'the amount is outside 1.00 to 5,000,000.00', { paymentId });
  }
  for (const member of ['orderId', 'deviceId', 'keyHash', 'bodyHash'] as const) {
    plainText(request[member] ?? '', member, TEXT_LIMIT);
  }
  plainText(request.comment ?? '', 'comment', COMMENT_LIMIT);
  const lateAcceptMs = request.lateAcceptMs ?? 0;
  if (!Number.isSafeInteger(lateAcceptMs) || lateAcceptMs < 0 || lateAcceptMs > LATE_ACCEPT_MAX_MS) {
    throw problem('request_invalid', 'lateAcceptMs is between 0 and an hour', { paymentId });
  }
  return caller.agentId;
}

function creationHash(request: CreatePayment): string {
  const { method, amount, deviceId, orderId, lateAcceptMs, bodyHash } = request;
  const { phone, comment } = method === 'invoice' ? request : {};
  return requestHash({ method, amount: amount.toString(), deviceId, orderId, lateAcceptMs, bodyHash, phone, comment });
}

interface Attempt {
  agentId: string;
  request: CreatePayment;
  hash: string;
  claim: CreationClaim;
  underWay: ReadonlySet<string>;
}

async function begin(tx: StoreTransaction, world: HubWorld, attempt: Attempt): Promise<Begun> {
  const { agentId, request, hash, claim } = attempt;
  const { paymentId } = request;
  const known = await tx.payments.get(paymentId, { lock: true });
  if (!known) {
    const device = await usableDevice(tx, agentId, request.deviceId, { paymentId });
    const payment = newPayment(world, agentId, request, device, hash, claim);
    await tx.leases.check(world.lease.fence());
    // Two that begin at once: the second waits here for the first, and then finds its payment.
    if (!(await tx.payments.insert(payment))) return begin(tx, world, attempt);
    await noteEvent(tx, world, paymentId, {
      kind: 'created',
      actor: `agent:${agentId}`,
      data: { amount: request.amount.toString() },
    });
    hintPayment(tx, payment);
    world.meter.count('payments_created', { method: payment.method });
    return { kind: 'claimed', payment };
  }
  if (known.agentId !== agentId || known.requestHash !== hash) {
    throw problem('payment_conflict', 'this payment id stands for another request', { paymentId, money: 'maybe' });
  }
  if (known.status !== 'created') return { kind: 'known', payment: known };
  if (known.claim && (await isClaimLive(tx, world, known.claim, attempt.underWay)))
    return { kind: 'pending', payment: known };
  // Whoever sent it is gone: it may have reached the customer, and is not sent again.
  if (known.sentAtMs !== undefined) {
    const over = { kind: 'creation_window_over', nowMs: world.time.nowMs() } as const;
    return { kind: 'known', payment: (await applyToPayment(tx, world, known, over)).payment };
  }
  const payment = await storePayment(tx, world, known, { ...known, claim });
  return { kind: 'claimed', payment };
}

function newClaim(world: HubWorld): CreationClaim {
  return { ...world.lease.fence(), nonce: world.ids.uuid(), atMs: world.time.nowMs() };
}

/** A claim holds while its hub lives and works on it, and its call to the bank may still be answered. */
async function isClaimLive(
  tx: StoreTransaction,
  world: HubWorld,
  claim: CreationClaim,
  underWay: ReadonlySet<string>,
): Promise<boolean> {
  if (world.time.nowMs() - claim.atMs >= world.settings.intervals.createClaimMs) return false;
  const { instance, generation } = claim;
  if (isOwn(world, { owner: { instance, generation } })) return underWay.has(claim.nonce);
  return tx.leases.isLive({ instance, generation });
}

function newPayment(
  world: HubWorld,
  agentId: string,
  request: CreatePayment,
  device: UsableDevice,
  hash: string,
  claim: CreationClaim,
): Payment {
  const nowMs = world.time.nowMs();
  const { orderId, keyHash, bodyHash } = request;
  const none: Money = request.amount.minus(request.amount);
  return {
    paymentId: request.paymentId,
    source: 'hub',
    agentId,
    deviceId: device.deviceId,
    organizationBin: device.organizationBin,
    tradePointId: device.tradePointId,
    deviceToken: device.deviceToken,
    method: request.method,
    amount: request.amount,
    ...(orderId === undefined ? {} : { orderId }),
    requestHash: hash,
    ...(keyHash === undefined ? {} : { keyHash }),
    ...(bodyHash === undefined ? {} : { bodyHash }),
    ...invoiceMembers(request),
    status: 'created',
    final: false,
    version: 1,
    watched: true,
    claim,
    paymentMethods: [],
    pollIntervalMs: 0,
    scanWaitMs: 0,
    confirmWaitMs: 0,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    lateAcceptMs: request.lateAcceptMs ?? world.settings.intervals.lateAcceptMs,
    refunded: none,
    refundReserved: none,
    owner: world.lease.fence(),
  };
}

function invoiceMembers({ method, phone, comment }: CreatePayment): Pick<Payment, 'phone' | 'comment'> {
  if (method !== 'invoice') return {};
  return { phone: readPhone(phone ?? ''), ...present({ comment: comment === '' ? undefined : comment }) };
}

interface Asked {
  input: PaymentInput;
  /** What the caller is told, when there is no token. */
  refusal?: Error;
}

async function askForPurchase(world: HubWorld, payment: Payment): Promise<Asked> {
  const { organizationBin, deviceToken, amount, paymentId } = payment;
  const purchase = { organizationBin, deviceToken, amount, externalId: paymentId };
  try {
    const answer =
      payment.method === 'link' ? await world.bank.createLink(purchase) : await world.bank.createQr(purchase);
    return { input: { kind: 'bank_created', nowMs: world.time.nowMs(), answer } };
  } catch (error) {
    const nowMs = world.time.nowMs();
    if (!(error instanceof KaspiError)) world.log.error({ error, paymentId }, 'the bank port failed in an unknown way');
    const refused = bankRefusal(error, { paymentId });
    if (refused) {
      const { detail } = refused.problem;
      return { input: { kind: 'creation_refused', nowMs, code: codeOf(error), detail }, refusal: refused };
    }
    const detail = 'the bank did not answer; nobody has seen a code, so nothing can have been paid';
    return {
      input: { kind: 'creation_unanswered', nowMs, code: codeOf(error) },
      refusal: problem('bank_unavailable', detail, { paymentId }, error),
    };
  }
}

/** An answer with a purchase that another payment has already is no answer: its token is never shown. */
async function commitUsableAnswer(
  world: HubWorld,
  paymentId: string,
  claim: CreationClaim,
  input: PaymentInput,
): ReturnType<typeof commitAnswer> {
  try {
    return await commitAnswer(world, paymentId, claim, input);
  } catch (error) {
    if (!isHubError(error, 'store_conflict')) throw error;
    world.log.error({ error, paymentId }, 'the bank answered with the purchase of another payment');
    const unanswered = { kind: 'creation_unanswered', nowMs: world.time.nowMs(), code: 'purchase_taken' } as const;
    await commitAnswer(world, paymentId, claim, unanswered);
    throw problem('bank_unavailable', 'the bank gave no usable answer', { paymentId }, error);
  }
}

/** Commits the answer if the claim is still ours; otherwise its token is dropped and never shown to anybody. */
async function commitAnswer(
  world: HubWorld,
  paymentId: string,
  claim: CreationClaim,
  input: PaymentInput,
): Promise<{ payment: Payment; isOurs: boolean }> {
  return world.store.transaction(async (tx) => {
    const current = await tx.payments.get(paymentId, { lock: true });
    assert(current, 'a payment vanished during its creation');
    if (current.status === 'created' && current.claim?.nonce === claim.nonce) {
      const applied = await applyToPayment(tx, world, current, input);
      return { payment: applied.payment, isOurs: true };
    }
    if (input.kind === 'bank_created') {
      const { bankPaymentId } = input.answer;
      await noteEvent(tx, world, paymentId, { kind: 'answer_discarded', actor: 'hub', data: { bankPaymentId } });
      world.meter.count('bank_answers_discarded');
    }
    return { payment: current, isOurs: false };
  });
}
