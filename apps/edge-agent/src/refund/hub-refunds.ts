import { type Context, type Problem, ProblemError, type RetrySchedule, retryDelayMs } from '@tolem/base';
import type { CaseDesk } from '../case/case-desk.ts';
import { EdgeError, isEdgeError } from '../edge-error.ts';
import type { HubLink, HubRefundView } from '../hub/hub-link.ts';
import type { HubSession } from '../hub/hub-session.ts';
import type { HubFollowing } from '../payment/hub-following.ts';
import type { PaymentBook } from '../payment/payment-book.ts';
import type { EdgeStore } from '../store/edge-store.ts';
import { mergeHubRefund } from './hub-refund.ts';
import type { RefundBook } from './refund-book.ts';
import { saveRefund } from './refund-ledger.ts';
import { isRefundFinal, type RefundRecord } from './refund-record.ts';

/** A refund takes the bank a second or, in doubt, ten minutes: asked briskly at first, then as often as the hub itself reads. */
const ASK: RetrySchedule = { firstMs: 500, maxMs: 30_000, jitter: 0.2 };

/** The session in which the customer was known is over or gone, and never comes back: no attempt can begin any more. */
const NEVER_AGAIN: ReadonlySet<string> = new Set(['refund_session_over', 'hub_not_found']);

/** Refunds of payments that the hub owns: the agent asks under its own id until the hub has answered, then follows. */
export interface HubRefunds {
  /** Sends and follows a refund whose intent is on disk; resolves at the hub's first answer or after `withinMs`. */
  begin(refundId: string, withinMs: number): Promise<void>;
  resume(): void;
  stop(): void;
}

export function createHubRefunds(parts: {
  context: Context;
  store: EdgeStore;
  payments: PaymentBook;
  refunds: RefundBook;
  cases: CaseDesk;
  link: HubLink;
  session: HubSession;
  following: HubFollowing;
}): HubRefunds {
  const { context, store, payments, refunds, cases, link, session } = parts;
  const stopping = new AbortController();
  const following = new Set<string>();
  /**
   * Refunds that certainly no call of ours has begun: made by this process, every attempt so far with `effect: none`. An intent
   * that an earlier process wrote may have been sent.
   */
  const unsent = new Set<string>();

  const take = (view: HubRefundView): void => {
    const refund = refunds.get(view.refundId);
    if (refund?.owner !== 'hub') return;
    const merged = mergeHubRefund(refund, view);
    if (!merged) return;
    const { refundId, paymentId, amount } = refund;
    saveRefund({ store, payments, refunds }, merged.next, (writer) => {
      if (isRefundFinal(merged.next)) {
        cases.close('refund_unknown', refundId, 'system', 'the hub told the outcome', writer);
      }
      const detail = { ours: refund.status, hub: view.status };
      if (merged.contradicted) {
        cases.open({ kind: 'contradicted', subject: refundId, paymentId, refundId, amount, detail }, writer);
      }
    });
  };
  const askOnce = async (refundId: string): Promise<void> => {
    const refund = refunds.must(refundId);
    if (refund.hubVersion > 0) return take(await link.getRefund(refundId));
    const { paymentId, amount, reason, actor, keyHash, bodyHash, refundSessionId } = refund;
    const key = keyHash === undefined || bodyHash === undefined ? {} : { keyHash, bodyHash };
    const named = refundSessionId === undefined ? {} : { refundSessionId };
    const isUnsent = unsent.delete(refundId);
    try {
      take(await link.createRefund({ refundId, paymentId, amount, reason, actor, ...key, ...named }));
    } catch (error) {
      if (error instanceof ProblemError) return refused(refundId, error.problem, isUnsent);
      if (isEdgeError(error, 'hub_not_found')) return refused(refundId, { code: error.code, money: 'none' }, isUnsent);
      if (isUnsent && error instanceof EdgeError && error.effect === 'none') unsent.add(refundId);
      throw error;
    }
  };
  /** The hub's door may refuse before the id is looked up, so a refusal tells nothing of what an earlier attempt has begun. */
  const refused = async (
    refundId: string,
    { code, money }: Pick<Problem, 'code' | 'money'>,
    isUnsent: boolean,
  ): Promise<void> => {
    const isNothing = isUnsent || (await wasNeverBegun(refunds.must(refundId), code));
    const refund = refunds.must(refundId);
    if (isRefundFinal(refund) || refund.hubVersion > 0) return;
    const status = isNothing && money === 'none' ? 'declined' : 'unknown';
    if (refund.status === status && refund.statusReason === code) return;
    const { paymentId, amount } = refund;
    saveRefund({ store, payments, refunds }, { ...refund, status, statusReason: code }, (writer) => {
      if (status !== 'unknown') return;
      const detail = { reason: code };
      cases.open({ kind: 'refund_unknown', subject: refundId, paymentId, refundId, amount, detail }, writer);
    });
  };
  /** Certain where the hub, not restored from a backup since it was asked, holds no such refund. */
  const wasNeverBegun = async ({ refundId, hubEpoch }: RefundRecord, code: string): Promise<boolean> => {
    const isSameHub = hubEpoch !== undefined && hubEpoch === session.welcome()?.hubEpoch;
    if (!NEVER_AGAIN.has(code) || !isSameHub) return false;
    return link.getRefund(refundId).then(
      () => false,
      (error: unknown) => isEdgeError(error, 'hub_not_found'),
    );
  };
  const follow = async (refundId: string): Promise<void> => {
    if (following.has(refundId)) return;
    following.add(refundId);
    session.watch(refunds.must(refundId).paymentId);
    for (let attempt = 0; !stopping.signal.aborted; attempt += 1) {
      await askOnce(refundId).catch((error: unknown) => {
        if (!isEdgeError(error, 'hub_unreachable') && !(error instanceof ProblemError)) logFailure(refundId, error);
      });
      if (stopping.signal.aborted || isRefundFinal(refunds.must(refundId))) break;
      await context.clock.sleep(retryDelayMs(ASK, attempt, context.random), stopping.signal).catch(() => undefined);
    }
    following.delete(refundId);
    unsent.delete(refundId);
    if (!stopping.signal.aborted) stopWatching(refunds.must(refundId).paymentId);
  };
  const logFailure = (refundId: string, error: unknown): void => {
    if (!(error instanceof Error && 'code' in error)) throw error;
    context.log.warn({ error, refundId }, 'the hub could not be asked about a refund');
  };
  const stopWatching = (paymentId: string): void => {
    const payment = payments.get(paymentId);
    if (payment && store.refundsOf(paymentId).every(isRefundFinal)) parts.following.follow(payment);
  };
  session.subscribe({ payment: (view) => view.refunds.forEach(take) });
  return {
    async begin(refundId, withinMs) {
      const version = refunds.must(refundId).version;
      unsent.add(refundId);
      void follow(refundId);
      await refunds.waitForChange(refundId, version, withinMs);
    },
    resume() {
      for (const refund of store.openRefunds()) if (refund.owner === 'hub') void follow(refund.refundId);
    },
    stop: () => stopping.abort(),
  };
}
