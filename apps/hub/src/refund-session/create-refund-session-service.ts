import { isUuid, unreachable } from '@tolem/base';
import type { Caller } from '../caller.ts';
import { type UsableDevice, usableDevice } from '../device/usable-device.ts';
import { guarded } from '../guarded.ts';
import type { HubChange } from '../hub-core.ts';
import { HubError, isHubError } from '../hub-error.ts';
import type { HubWorld } from '../hub-world.ts';
import { isOwn } from '../lease/own.ts';
import { within } from '../payment/bank-reader.ts';
import { problem } from '../problem-catalogue.ts';
import type { StoreTransaction } from '../store/store.ts';
import { createCodeDesk } from './code-desk.ts';
import type { PurchaseList } from './purchase-list.ts';
import type { RefundSession } from './refund-session.ts';
import { isActiveSession, nextRefundSession } from './refund-session-machine.ts';
import { type RefundSessionService, SESSION_WAIT_LIMIT_MS } from './refund-session-service.ts';
import type { SessionKeeper } from './session-keeper.ts';
import { applyToSession, hintSession } from './session-ledger.ts';

export interface RefundSessionServiceOptions {
  world: HubWorld;
  keeper: SessionKeeper;
  purchases: PurchaseList;
  onChange: (listener: (change: HubChange) => void) => () => void;
}

/** Two calls, or one repeated, that begin a session of one device at the same moment: one more try settles it. */
const OPEN_TRIES = 3;

export function createRefundSessionService(options: RefundSessionServiceOptions): RefundSessionService {
  const { world, keeper, purchases } = options;
  const desk = createCodeDesk(world, keeper);

  const open: RefundSessionService['open'] = async (caller, request) => {
    checkOffer(world);
    if (caller.kind !== 'agent') throw problem('customer_required', 'a session is opened by the till of the customer');
    if (!isUuid(request.refundSessionId))
      throw problem('request_invalid', 'the session id must be a UUID in lower case');
    const session = await beginSession(world, caller.agentId, request);
    keeper.stored(session);
    if (session.status !== 'opening' || !isOwn(world, session)) return session;
    const opened = await within(world.clock, world.settings.intervals.createWaitMs, desk.takeCode(session));
    if (opened) return opened;
    throw problem('bank_unavailable', 'the bank has not made a code yet; ask again with the same id', {});
  };
  return {
    open: (caller, request) => guarded(() => open(caller, request)),
    get: (caller, refundSessionId, waiting) =>
      guarded(async () => {
        const now = await visibleSession(world, caller, refundSessionId);
        if (!waiting || now.version > waiting.afterVersion || waiting.waitMs <= 0 || !isActiveSession(now)) return now;
        await waitForVersion(options, now, Math.min(waiting.waitMs, SESSION_WAIT_LIMIT_MS));
        return visibleSession(world, caller, refundSessionId);
      }),
    listPurchases: (caller, refundSessionId, limit) =>
      guarded(async () => {
        const session = await visibleSession(world, caller, refundSessionId);
        return (await purchases.show(session)).slice(0, limit);
      }),
  };
}

function checkOffer(world: HubWorld): void {
  const { refunds } = world.bank.offer;
  switch (refunds) {
    case 'with_customer':
      return;
    case 'none':
      throw problem('refunds_not_offered', 'scheme 1 of the bank has no refunds: they are made in the Kaspi Pay app');
    case 'without_customer':
      throw problem('request_invalid', 'under scheme 3 refunds need no session: ask for the refund itself');
    default:
      unreachable(refunds, 'way of refunds');
  }
}

/** The session of this id; where there is none, a new one, which ends the one that its device had. */
async function beginSession(
  world: HubWorld,
  agentId: string,
  request: { refundSessionId: string; deviceId?: string },
): Promise<RefundSession> {
  for (let tries = 1; ; tries++) {
    try {
      return await world.store.transaction(async (tx) => {
        const known = await tx.refundSessions.get(request.refundSessionId);
        if (known) return sameSession(known, agentId, request);
        const device = await usableDevice(tx, agentId, request.deviceId);
        const before = await tx.refundSessions.activeOf(agentId, device.deviceId);
        // Two calls with one id at once: the other has just begun it.
        if (before?.refundSessionId === request.refundSessionId) return before;
        if (before) {
          const input = { kind: 'superseded', nowMs: world.time.nowMs() } as const;
          await applyToSession(tx, world, before.refundSessionId, () => input);
        }
        return insertSession(tx, world, request.refundSessionId, device);
      });
    } catch (error) {
      if (!isHubError(error, 'store_conflict') || tries === OPEN_TRIES) throw error;
    }
  }
}

function sameSession(
  known: RefundSession,
  agentId: string,
  { deviceId }: { refundSessionId: string; deviceId?: string },
): RefundSession {
  if (known.agentId === agentId && (deviceId === undefined || deviceId === known.deviceId)) return known;
  throw problem('refund_conflict', 'this session id stands for another request');
}

async function insertSession(
  tx: StoreTransaction,
  world: HubWorld,
  refundSessionId: string,
  device: UsableDevice,
): Promise<RefundSession> {
  const nowMs = world.time.nowMs();
  const owner = world.lease.fence();
  await tx.leases.check(owner);
  const { agentId, deviceId, deviceToken, organizationBin, tradePointId } = device;
  const session: RefundSession = {
    ...{ refundSessionId, agentId, deviceId, deviceToken, organizationBin, tradePointId },
    status: 'opening',
    version: 1,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    expiresAtMs: nowMs + world.settings.intervals.createWindowMs,
    purchaseIds: [],
    owner,
  };
  if (!(await tx.refundSessions.insert(session))) {
    throw new HubError('store_conflict', 'this session id was taken at the same moment');
  }
  hintSession(tx, session);
  return session;
}

/** A session belongs to the agent that opened it. Its end by time is told even when nobody has stored it yet. */
async function visibleSession(world: HubWorld, caller: Caller, refundSessionId: string): Promise<RefundSession> {
  const session = await world.store.transaction((tx) => tx.refundSessions.get(refundSessionId));
  if (!session || (caller.kind === 'agent' && caller.agentId !== session.agentId)) {
    throw problem('refund_session_not_found', 'there is no such refund session');
  }
  const nowMs = world.time.nowMs();
  return nextRefundSession(session, { kind: 'time_passed', nowMs }, world.settings.intervals) ?? session;
}

/** Resolves when the session has a newer version, or after `limitMs`. */
function waitForVersion(
  { world, onChange }: RefundSessionServiceOptions,
  session: RefundSession,
  limitMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      stopListening();
      resolve();
    };
    const stopListening = onChange((change) => {
      const isOurs = change.kind === 'refund_session' && change.refundSessionId === session.refundSessionId;
      if (isOurs && change.version > session.version) end();
    });
    const timer = world.clock.after(limitMs, end);
  });
}
