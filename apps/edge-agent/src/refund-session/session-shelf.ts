import type { Clock } from '@tolem/base';
import type { HubRefundSessionView } from '../hub/hub-refund-sessions.ts';
import type { RefundSession } from './refund-session.ts';

/** Sessions of this boot that callers may still ask for; an older one is asked of the hub again. */
const KEPT_MAX = 50;

/** What the hub has said of refund sessions lately, for those who watch. In memory: the hub holds them durably. */
export interface SessionShelf {
  get(refundSessionId: string): RefundSession | undefined;
  /** Takes a view in; an older one than is held says nothing. */
  take(view: HubRefundSessionView): RefundSession;
  waitForChange(refundSessionId: string, afterVersion: number, waitMs: number, signal?: AbortSignal): Promise<void>;
  onChange(listener: (session: RefundSession) => void): () => void;
}

export function createSessionShelf(clock: Clock): SessionShelf {
  const sessions = new Map<string, RefundSession>();
  const listeners = new Set<(session: RefundSession) => void>();

  const onChange: SessionShelf['onChange'] = (listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  return {
    get: (refundSessionId) => sessions.get(refundSessionId),
    take(view) {
      const known = sessions.get(view.refundSessionId);
      if (known && known.version >= view.version) return known;
      const session = sessionOf(view, clock.nowMs());
      sessions.delete(session.refundSessionId);
      sessions.set(session.refundSessionId, session);
      const [oldest] = sessions.keys();
      if (sessions.size > KEPT_MAX && oldest !== undefined) sessions.delete(oldest);
      for (const listener of [...listeners]) listener(session);
      return session;
    },
    async waitForChange(refundSessionId, afterVersion, waitMs, signal) {
      const isNews = () => (sessions.get(refundSessionId)?.version ?? 0) > afterVersion;
      if (isNews() || waitMs <= 0) return;
      const waiting = new AbortController();
      const stopListening = onChange(() => isNews() && waiting.abort());
      const signals = signal ? [waiting.signal, signal] : [waiting.signal];
      await clock.sleep(waitMs, AbortSignal.any(signals)).catch(() => undefined);
      stopListening();
    },
    onChange,
  };
}

function sessionOf(view: HubRefundSessionView, nowMs: number): RefundSession {
  const { refundSessionId, deviceId, version, createdAtMs, statusReason, qrToken, expiresInMs } = view;
  const isUnlisted = view.status === 'unlisted';
  const reason = isUnlisted ? 'status_unlisted' : statusReason;
  return {
    refundSessionId,
    deviceId,
    version,
    createdAtMs,
    // A word of a newer hub: nothing can be done with this session, and no money moves in it.
    status: view.status === 'unlisted' ? 'failed' : view.status,
    ...(reason === undefined ? {} : { statusReason: reason }),
    ...(qrToken === undefined ? {} : { qrToken }),
    ...(expiresInMs === undefined ? {} : { expiresAtMs: nowMs + expiresInMs }),
  };
}
