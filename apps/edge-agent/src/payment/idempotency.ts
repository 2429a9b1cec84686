import { type Clock, type Hint, type MoneyMoved, type ProblemError, sha256Hex } from '@tolem/base';
import type { EdgeStore, KeyRecord } from '../store/edge-store.ts';
import { refusal } from './problems.ts';

/** Shorter keys are receipt numbers that come again; longer ones are mistakes [decisions: at the till]. */
const KEY_LENGTH = { min: 16, max: 128 } as const;

export interface KeyedRequest {
  token: string;
  idempotencyKey: string;
  bodyHash: string;
}

/** The key as it is stored: scoped to the caller's token, and of no use to whoever reads it. Throws `key_invalid`. */
export function hashKey(request: KeyedRequest): string {
  const { length } = request.idempotencyKey;
  if (length < KEY_LENGTH.min || length > KEY_LENGTH.max) {
    throw refusal({
      status: 400,
      code: 'key_invalid',
      detail: `the Idempotency-Key has ${KEY_LENGTH.min} to ${KEY_LENGTH.max} characters; a UUID is recommended`,
    });
  }
  return sha256Hex(`${request.token}\n${request.idempotencyKey}`);
}

/** Between two looks whether the hub has answered while a till waits. */
const LOOK_MS = 100;
/** So many keys of this boot are remembered with their moment on the monotonic clock: weeks of a busy till. */
const REMEMBERED_MAX = 50_000;

/** The idempotency keys of payments and refunds, which are never forgotten. */
export interface UsedKeys {
  /** Waits a moment for the hub to say which keys a lost journal held; at once where the answer is known already. */
  settled(keyHash: string): Promise<void>;
  /**
   * What a key leads to: the id of what it began, or a refusal whose `money` follows that record: `key_conflict` with another
   * body, `key_used` where it ended longer ago than `repeatMs`, `journal_recovering` for a key that a lost journal may have
   * held. `undefined` for a key that was never used.
   */
  find(request: { keyHash: string; kind: KeyRecord['kind']; bodyHash: string }): string | undefined;
  /** A key was written just now. A clock that is corrected later cannot make it old within this boot. */
  wrote(keyHash: string): void;
}

export function createUsedKeys(parts: { clock: Clock; store: EdgeStore; repeatMs: number; graceMs: number }): UsedKeys {
  const { clock, store, repeatMs } = parts;
  const wroteMono = new Map<string, number>();

  const isRecent = (known: KeyRecord): boolean => {
    const mono = wroteMono.get(known.keyHash);
    // A clock that was set back a long way does not make last year's key young again.
    const ageMs = mono === undefined ? Math.abs(clock.nowMs() - known.createdAtMs) : clock.monoMs() - mono;
    return ageMs <= repeatMs;
  };
  const isOpenQuestion = (keyHash: string): boolean => store.meta('resume') === 'wanted' && !store.key(keyHash);
  return {
    async settled(keyHash) {
      const untilMono = clock.monoMs() + parts.graceMs;
      while (isOpenQuestion(keyHash) && clock.monoMs() < untilMono) await clock.sleep(LOOK_MS);
    },
    wrote(keyHash) {
      wroteMono.set(keyHash, clock.monoMs());
      const [oldest] = wroteMono.keys();
      if (wroteMono.size > REMEMBERED_MAX && oldest !== undefined) wroteMono.delete(oldest);
    },
    find({ keyHash, kind, bodyHash }) {
      const known = store.key(keyHash);
      if (isOpenQuestion(keyHash)) throw journalRecovering();
      if (!known) return undefined;
      const standing = standingOf(store, known);
      const money = standing?.money ?? 'maybe';
      const named = known.kind === 'payment' ? { paymentId: known.id } : { refundId: known.id };
      const about = { status: 409, money, hint: lookAt(known), ...named };
      if (!standing || (standing.isOver && !isRecent(known))) {
        throw refusal({ ...about, code: 'key_used', detail: 'this key was used for an earlier operation' });
      }
      if (known.kind !== kind || known.bodyHash !== bodyHash) {
        throw refusal({ ...about, code: 'key_conflict', detail: 'this key was used with another request' });
      }
      return known.id;
    },
  };
}

/** What became of what a key began; `undefined` for a record that is kept no longer. */
function standingOf(store: EdgeStore, known: KeyRecord): { isOver: boolean; money: MoneyMoved } | undefined {
  if (known.kind === 'refund') {
    const status = store.refund(known.id)?.status;
    if (status === undefined) return undefined;
    if (status === 'confirmed') return { isOver: true, money: 'moved' };
    return status === 'declined' ? { isOver: true, money: 'none' } : { isOver: false, money: 'maybe' };
  }
  const payment = store.payment(known.id);
  if (!payment) return undefined;
  const isUnpaid = ['failed', 'cancelled', 'expired'].includes(payment.status) && payment.abandon !== 'pending';
  const hasMoved = payment.status === 'paid' || payment.late !== undefined;
  return { isOver: payment.final, money: hasMoved ? 'moved' : payment.final && isUnpaid ? 'none' : 'maybe' };
}

function lookAt({ kind, id }: KeyRecord): Hint {
  const what = kind === 'payment' ? ['төлемін', 'оплату', 'payment'] : ['қайтарымын', 'возврат', 'refund'];
  return {
    kk: `Бұл кілт бұрын қолданылған. Қайталамай тұрып, ${id} ${what[0]} қараңыз.`,
    ru: `Этот ключ уже использован. Прежде чем повторять, посмотрите ${what[1]} ${id}.`,
    en: `This key has been used. Look at ${what[2]} ${id} before anything is repeated.`,
  };
}

function journalRecovering(): ProblemError {
  return refusal({
    status: 503,
    code: 'journal_recovering',
    detail: 'the journal was lost, and the hub has not said yet which keys were used: ask again with the same key',
    money: 'maybe',
    retry: 'same_key',
    retryAfterS: 5,
  });
}
