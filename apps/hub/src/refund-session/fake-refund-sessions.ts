import { Money } from '@tolem/base';
import { fakeProblem } from '../fake-records.ts';
import type { RefundSession } from './refund-session.ts';
import type { RefundSessionService } from './refund-session-service.ts';

/** Sessions in memory for tests of the doors: the customer is known as soon as somebody waits for a newer version. */
export function createFakeRefundSessions({
  step,
  nowMs,
}: {
  step: () => void;
  nowMs: () => number;
}): RefundSessionService {
  const sessions = new Map<string, RefundSession>();
  const find = (refundSessionId: string): RefundSession => {
    step();
    const session = sessions.get(refundSessionId);
    if (!session) throw fakeProblem(404, 'refund_session_not_found');
    return session;
  };
  return {
    async open(caller, { refundSessionId, deviceId = 'till-1' }) {
      step();
      const session: RefundSession = sessions.get(refundSessionId) ?? {
        refundSessionId,
        agentId: caller.kind === 'agent' ? caller.agentId : '',
        deviceId,
        deviceToken: '"t"',
        organizationBin: '180340021791',
        tradePointId: '1',
        status: 'awaiting_customer',
        version: 1,
        createdAtMs: nowMs(),
        updatedAtMs: nowMs(),
        refundCodeId: '9007199254740995',
        qrToken: 'https://qr.kaspi.kz/refund/1',
        expiresAtMs: nowMs() + 180_000,
        purchaseIds: [],
      };
      sessions.set(refundSessionId, session);
      return session;
    },
    async get(_caller, refundSessionId, { afterVersion, waitMs } = { afterVersion: 0, waitMs: 0 }) {
      const session = find(refundSessionId);
      if (session.version > afterVersion || waitMs === 0) return session;
      const known: RefundSession = { ...session, version: session.version + 1, status: 'customer_known' };
      sessions.set(refundSessionId, known);
      return known;
    },
    async listPurchases(_caller, refundSessionId, limit = 10) {
      if (find(refundSessionId).status !== 'customer_known') throw fakeProblem(409, 'customer_not_known');
      const amount = Money.fromTenge(1500);
      return [
        { bankPaymentId: '9007199254740993', amount, paymentId: 'p', available: amount, refundable: true },
        { bankPaymentId: '9007199254740994', amount, refundable: false, reason: 'not_of_this_till' as const },
      ].slice(0, limit);
    },
  };
}
