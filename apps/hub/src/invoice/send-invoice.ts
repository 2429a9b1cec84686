import { ProblemError } from '@tolem/base';
import { KaspiError } from '@tolem/kaspi-core';
import { isHubError } from '../hub-error.ts';
import type { HubWorld } from '../hub-world.ts';
import { codeOf } from '../payment/bank-reader.ts';
import { bankRefusal } from '../payment/bank-refusal.ts';
import type { CreationClaim, Payment } from '../payment/payment.ts';
import type { PaymentInput } from '../payment/payment-input.ts';
import { type Applied, applyToPayment } from '../payment/payment-ledger.ts';
import { problem } from '../problem-catalogue.ts';
import { lookUpPayer } from './find-payer.ts';

/** Written within this time of its stored intent, or not at all: whoever looks later knows that it is out or never will be. */
const SEND_WITHIN_MS = 10_000;
/** The outcome of the one call must not be lost with a hiccup of the database: it is stored again for half a minute. */
const COMMIT_TRIES = 16;
const COMMIT_PAUSE_MS = 2_000;

type OnStored = (payment: Payment) => void;

/**
 * An invoice for a claimed payment: the bank names the customer, the intent is committed, `remote/create` goes out once, and
 * its outcome is committed. After an answer that was lost the payment is `unknown` with a case, and returned as such
 * [notes 1.5]. Rejects where nothing was sent.
 */
export async function sendInvoice(
  world: HubWorld,
  payment: Payment,
  claim: CreationClaim,
  onStored: OnStored,
): Promise<Payment> {
  const { paymentId } = payment;
  const named = await namePayer(world, payment);
  const wallOffsetMs = world.time.toWallMs(0);
  const before = await commitClaimed(world, paymentId, claim, named.input);
  onStored(before.payment);
  // Somebody else has gone on with it, or has cancelled it: theirs is what counts.
  if (!before.isChanged) return before.payment;
  if (before.isRecovering) throw problem('hub_recovering', 'the hub recovers and sends no invoice', { paymentId });
  if (named.refusal) throw named.refusal;
  const sent = await callBank(world, before.payment, wallOffsetMs);
  const after = await keep(world, paymentId, sent.input);
  onStored(after);
  if (sent.refusal) throw sent.refusal;
  return after;
}

interface Told {
  input: PaymentInput;
  /** What the caller is told where nothing was sent. */
  refusal?: ProblemError;
}

async function namePayer(world: HubWorld, payment: Payment): Promise<Told> {
  try {
    const clientName = await lookUpPayer(world, payment, payment.phone ?? '', payment.paymentId);
    return { input: { kind: 'payer_found', nowMs: world.time.nowMs(), clientName } };
  } catch (error) {
    const nowMs = world.time.nowMs();
    if (!(error instanceof ProblemError)) throw error;
    const { code, detail, retry } = error.problem;
    if (retry === 'never') return { input: { kind: 'creation_refused', nowMs, code, detail }, refusal: error };
    return { input: { kind: 'creation_unanswered', nowMs, code }, refusal: error };
  }
}

/** Stores what was learnt before the call, if the claim is still ours; a hub that recovers goes no further. */
async function commitClaimed(
  world: HubWorld,
  paymentId: string,
  claim: CreationClaim,
  learnt: PaymentInput,
): Promise<Applied & { isRecovering: boolean }> {
  return world.store.transaction(async (tx) => {
    const current = await tx.payments.get(paymentId, { lock: true });
    if (!current) throw problem('payment_not_found', 'there is no such payment', { paymentId });
    if (current.claim?.nonce !== claim.nonce) return { payment: current, isChanged: false, isRecovering: false };
    const isRecovering = learnt.kind === 'payer_found' && (await tx.meta.get()).recovering;
    const { nowMs } = { nowMs: world.time.nowMs() };
    const input: PaymentInput = isRecovering ? { kind: 'creation_unanswered', nowMs, code: 'recovering' } : learnt;
    return { ...(await applyToPayment(tx, world, current, input)), isRecovering };
  });
}

/** The one call. Our reference stands first in the comment, where nothing cuts it off. */
async function callBank(world: HubWorld, payment: Payment, wallOffsetMs: number): Promise<Told> {
  const { paymentId, organizationBin, deviceToken, amount, phone = '', comment, sentAtMs = 0 } = payment;
  const sendByMs = sentAtMs + SEND_WITHIN_MS;
  const unsent = (code: string, cause?: unknown): Told => ({
    input: { kind: 'creation_unanswered', nowMs: world.time.nowMs(), code },
    refusal: problem('bank_unavailable', 'the bank was not reached; no invoice was sent', { paymentId }, cause),
  });
  if (world.time.nowMs() > sendByMs || !world.lease.isHeld()) return unsent('send_deadline_passed');
  try {
    const { bankPaymentId } = await world.bank.createInvoice({
      organizationBin,
      deviceToken,
      amount,
      phone,
      comment: comment === undefined ? paymentId : `${paymentId} ${comment}`,
      sendByMs: sendByMs + wallOffsetMs,
    });
    return { input: { kind: 'invoice_created', nowMs: world.time.nowMs(), bankPaymentId } };
  } catch (error) {
    const nowMs = world.time.nowMs();
    if (!(error instanceof KaspiError)) world.log.error({ error, paymentId }, 'the bank port failed in an unknown way');
    const code = codeOf(error);
    const refused = bankRefusal(error, { paymentId });
    if (refused) {
      return { input: { kind: 'creation_refused', nowMs, code, detail: refused.problem.detail }, refusal: refused };
    }
    const isUnsent = error instanceof KaspiError && error.effect === 'none';
    return isUnsent ? unsent(code, error) : { input: { kind: 'invoice_unanswered', nowMs, code } };
  }
}

async function keep(world: HubWorld, paymentId: string, input: PaymentInput): Promise<Payment> {
  for (let tries = 1; ; tries++) {
    try {
      return await store(world, paymentId, input);
    } catch (error) {
      if (isHubError(error, 'store_conflict') && input.kind === 'invoice_created') {
        world.log.error({ error, paymentId }, 'the bank answered with the purchase of another payment');
        return keep(world, paymentId, { kind: 'invoice_unanswered', nowMs: input.nowMs, code: 'purchase_taken' });
      }
      if (!isHubError(error, 'store_unavailable', 'lease_lost') || tries === COMMIT_TRIES) {
        const bankPaymentId = input.kind === 'invoice_created' ? input.bankPaymentId : '';
        world.log.error({ error, paymentId, bankPaymentId }, 'the outcome of an invoice could not be stored');
        throw error;
      }
      await world.clock.sleep(COMMIT_PAUSE_MS);
    }
  }
}

function store(world: HubWorld, paymentId: string, input: PaymentInput): Promise<Payment> {
  return world.store.transaction(async (tx) => {
    const current = await tx.payments.get(paymentId, { lock: true });
    if (!current) throw problem('payment_not_found', 'there is no such payment', { paymentId });
    return (await applyToPayment(tx, world, current, input)).payment;
  });
}
