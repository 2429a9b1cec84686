import type { Delivery, Replay } from '../webhook/webhook.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { isSameFence } from './memory-payments.ts';
import type { MemoryTables } from './memory-store.ts';
import { conflict, type UndoLog } from './memory-table.ts';
import type { Fence } from './store.ts';
import type { WebhookRows } from './webhook-rows.ts';

export function memoryWebhooks(tables: MemoryTables, log: UndoLog, isLive: (fence: Fence) => boolean): WebhookRows {
  const { deliveries } = tables;
  const all = () => deliveries.all(log).sort((a, b) => a.position - b.position);
  const put = (one: Delivery) => deliveries.set(log, String(one.position), one);
  const add = (one: Omit<Delivery, 'position'>): void => {
    if (all().some((other) => other.eventId === one.eventId && other.endpointId === one.endpointId)) {
      throw conflict(log, 'webhook_delivery_event');
    }
    put({ ...one, position: (all().at(-1)?.position ?? 0) + 1 });
  };
  const missing = (replay: Replay, types: readonly string[]): Delivery[] => {
    const own = new Set(of(replay.endpointId).map((one) => one.eventId));
    const seen = new Set<string>();
    return all().filter((one) => {
      const isMissing = !own.has(one.eventId) && !seen.has(one.eventId) && types.includes(one.type);
      if (isMissing) seen.add(one.eventId);
      return isMissing && replay.state === undefined && isMeant(replay, one);
    });
  };
  const of = (endpointId: string) => all().filter((one) => one.endpointId === endpointId);
  const own = (replay: Replay) => of(replay.endpointId).filter((one) => isMeant(replay, one));
  const waitingBefore = (given: Delivery) =>
    of(given.endpointId).some(
      (one) => one.subject === given.subject && one.position < given.position && one.state === 'waiting',
    );
  return {
    async add(given) {
      for (const one of given) add(one);
    },
    async claimDue(fence, { endpointId, nowMs, limit, heldPositions }) {
      return of(endpointId)
        .filter((one) => one.state === 'waiting' && one.nextAtMs <= nowMs && isSameFence(one.owner, fence))
        .filter((one) => !heldPositions.includes(one.position) && !waitingBefore(one))
        .sort((a, b) => a.nextAtMs - b.nextAtMs || a.position - b.position)
        .slice(0, limit)
        .sort((a, b) => a.position - b.position);
    },
    async adoptLapsed(fence, limit) {
      const isFree = (one: Delivery) => one.state === 'waiting' && !(one.owner && isLive(one.owner));
      const free = all().filter(isFree).slice(0, limit);
      for (const one of free) put({ ...one, owner: { ...fence } });
      return free.length;
    },
    async settle(given, fence) {
      const stored = deliveries.get(log, String(given.position));
      if (!stored || !isSameFence(stored.owner, fence)) return false;
      put({ ...given, owner: { ...fence } });
      return true;
    },
    async moveFollowers(given, nextAtMs) {
      for (const one of of(given.endpointId)) {
        const isBehind = one.subject === given.subject && one.position > given.position && one.state === 'waiting';
        if (isBehind) put({ ...one, nextAtMs });
      }
    },
    async hasten(endpointId, nowMs, limit) {
      const later = of(endpointId).filter((one) => one.state === 'waiting' && one.nextAtMs > nowMs);
      const hastened = later.slice(0, limit);
      for (const one of hastened) put({ ...one, nextAtMs: nowMs });
      return hastened.length;
    },
    async list(filter) {
      const after = readCursor(filter.cursor);
      const matches = all()
        .filter((one) => filter.endpointId === undefined || one.endpointId === filter.endpointId)
        .filter((one) => filter.state === undefined || one.state === filter.state)
        .filter((one) => filter.subject === undefined || one.subject === filter.subject)
        .filter((one) => after === undefined || one.position < after.atMs)
        .reverse();
      const page = matches.slice(0, filter.limit);
      const last = page.at(-1);
      if (matches.length <= filter.limit || last === undefined) return { deliveries: page };
      return { deliveries: page, nextCursor: writeCursor({ atMs: last.position, id: 'p' }) };
    },
    countReplay: async (replay, types) => own(replay).length + missing(replay, types).length,
    async replay(replay, types, nowMs) {
      const [again, over] = [own(replay), missing(replay, types)];
      const fresh = { state: 'waiting', sinceMs: nowMs, nextAtMs: nowMs } as const;
      for (const { deliveredAtMs: _moment, ...one } of again) {
        put({ ...one, ...fresh, attempts: one.state === 'waiting' ? one.attempts : 0 });
      }
      for (const { eventId, type, subject, body, atMs } of over) {
        add({ endpointId: replay.endpointId, eventId, type, subject, body, atMs, attempts: 0, ...fresh });
      }
      return again.length + over.length;
    },
    async figures() {
      return [...new Set(all().map((one) => one.endpointId))].flatMap((endpointId) => {
        const waiting = of(endpointId).filter((one) => one.state === 'waiting');
        const givenUp = of(endpointId).filter((one) => one.state === 'given_up').length;
        if (waiting.length + givenUp === 0) return [];
        const oldest = waiting.length > 0 ? { oldestWaitingAtMs: Math.min(...waiting.map((one) => one.atMs)) } : {};
        return [{ endpointId, waiting: waiting.length, givenUp, ...oldest }];
      });
    },
    async prune(beforeMs, limit) {
      const old = all().filter((one) => one.sinceMs < beforeMs);
      for (const one of old.slice(0, limit)) deliveries.delete(log, String(one.position));
      return Math.min(old.length, limit);
    },
  };
}

function isMeant({ eventId, fromMs, untilMs, state }: Replay, one: Delivery): boolean {
  return (
    (eventId === undefined || one.eventId === eventId) &&
    (fromMs === undefined || one.atMs >= fromMs) &&
    (untilMs === undefined || one.atMs < untilMs) &&
    (state === undefined || one.state === state)
  );
}
