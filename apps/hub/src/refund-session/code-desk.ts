import { KaspiError } from '@tolem/kaspi-core';
import type { HubWorld } from '../hub-world.ts';
import { codeOf } from '../payment/bank-reader.ts';
import { bankRefusal } from '../payment/bank-refusal.ts';
import { problem } from '../problem-catalogue.ts';
import type { RefundSession } from './refund-session.ts';
import type { RefundSessionInput } from './refund-session-machine.ts';
import type { SessionKeeper } from './session-keeper.ts';
import { applyToSession } from './session-ledger.ts';

/** Gets the bank's code for a session that is opening. */
export interface CodeDesk {
  /**
   * Calls the bank, and once more where the first answer is lost: nobody has seen that code, so nobody can scan it (notes
   * 1.5). Of several answers one is stored and shown. Rejects with `bank_unavailable` where there was none.
   */
  takeCode(session: RefundSession): Promise<RefundSession>;
}

/** A third code would help nobody: the bank is away, and the caller asks again with the same id. */
const TRIES = 2;

export function createCodeDesk(world: HubWorld, keeper: SessionKeeper): CodeDesk {
  /** Callers of one session share one conversation with the bank. */
  const underWay = new Map<string, Promise<RefundSession>>();

  const take = async (session: RefundSession): Promise<RefundSession> => {
    const { refundSessionId } = session;
    const input = await askForCode(world, session);
    const applied = await world.store.transaction((tx) => applyToSession(tx, world, refundSessionId, () => input));
    if (!applied) throw problem('refund_session_not_found', 'there is no such refund session');
    keeper.stored(applied.session);
    return applied.session;
  };
  return {
    takeCode(session) {
      const { refundSessionId } = session;
      const known = underWay.get(refundSessionId);
      if (known) return known;
      const turn = take(session).finally(() => underWay.delete(refundSessionId));
      underWay.set(refundSessionId, turn);
      // The caller's own patience may be over before the bank's answer.
      turn.catch((error: unknown) => world.log.warn({ error, refundSessionId }, 'a refund session has no code yet'));
      return turn;
    },
  };
}

async function askForCode(world: HubWorld, session: RefundSession): Promise<RefundSessionInput> {
  const { organizationBin, deviceToken, refundSessionId: externalId } = session;
  for (let tries = 1; ; tries++) {
    try {
      const code = await world.bank.createRefundCode({ organizationBin, deviceToken, externalId });
      return { kind: 'code_created', nowMs: world.time.nowMs(), code };
    } catch (error) {
      if (!(error instanceof KaspiError)) throw error;
      if (bankRefusal(error)) return { kind: 'code_refused', nowMs: world.time.nowMs(), code: codeOf(error) };
      if (tries === TRIES) {
        throw problem('bank_unavailable', 'the bank made no code; nothing was asked of the customer', {}, error);
      }
    }
  }
}
