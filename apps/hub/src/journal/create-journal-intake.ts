import { chainStart } from '@tolem/proto';
import { openCase } from '../case/case-opener.ts';
import type { HubWorld } from '../hub-world.ts';
import type { Payment } from '../payment/payment.ts';
import type { JournalPosition, StoredJournalRow } from '../store/journal-rows.ts';
import type { StoreTransaction } from '../store/store.ts';
import { brokenAt, malformed, sameBytes } from './batch-check.ts';
import { applyFact } from './fact-effects.ts';
import { type ReadFact, readFact } from './fact-reading.ts';
import type { JournalBatch, JournalIntake, JournalRow, JournalVerdict } from './journal-intake.ts';
import { openPaymentBatch } from './payment-batch.ts';

export interface JournalIntakeOptions {
  world: HubWorld;
  onPayment: (payment: Payment) => void;
}

interface Taken {
  verdict: JournalVerdict;
  payments: Payment[];
}

/** Applies batches in one transaction each: rows, effects and position [decisions: journal, epochs, forks]. */
export function createJournalIntake({ world, onPayment }: JournalIntakeOptions): JournalIntake {
  return {
    async take(agentId, batch) {
      const fault = malformed(batch);
      const taken = await world.store.transaction((tx) =>
        fault === undefined ? takeBatch(tx, world, agentId, batch) : refuse(tx, world, agentId, batch.epoch, fault),
      );
      world.meter.count('journal_batches', { verdict: taken.verdict.verdict });
      for (const payment of taken.payments) onPayment(payment);
      return taken.verdict;
    },
    async compare(agentId, position) {
      return world.store.transaction(async (tx) => {
        const held = await tx.journal.positionOf(agentId, position.epoch);
        if (!held) return { verdict: 'ok', epoch: position.epoch, upto: 0, detail: 'nothing is held of this epoch' };
        const fault = await forkOf(tx, held, position);
        if (fault !== undefined) return (await fork(tx, world, held, fault)).verdict;
        return { verdict: 'ok', epoch: held.epoch, upto: held.upto, detail: '' };
      });
    },
  };
}

async function takeBatch(tx: StoreTransaction, world: HubWorld, agentId: string, batch: JournalBatch): Promise<Taken> {
  const { epoch } = batch;
  // The agent's lock also orders the batches of one that has no epoch yet.
  if (!(await tx.agents.get(agentId, { lock: true }))) return answer('refused', epoch, 0, 'an unknown agent');
  const current = await tx.journal.current(agentId, { lock: true });
  const held = current?.epoch === epoch ? current : await tx.journal.positionOf(agentId, epoch);
  const position = held ?? newPosition(world, agentId, epoch);
  const { upto } = position;
  if (batch.from > upto + 1) return answer('gap', epoch, upto, `row ${upto + 1} is missing`);
  if (!(await isKnownAlready(tx, agentId, batch, upto))) {
    return fork(tx, world, position, 'a known row has another event');
  }
  const fresh = batch.rows.filter((row) => row.seq > upto);
  const first = fresh[0];
  if (!first) return answer('ok', epoch, upto, 'held already');
  if (position.closed) return fork(tx, world, position, 'new rows in an epoch that has ended');
  const broken = brokenAt(position.chain, fresh);
  if (broken === first.seq) return fork(tx, world, position, 'the chain does not follow from the rows held');
  if (broken !== undefined) return refuse(tx, world, agentId, epoch, `the hash of row ${broken} is wrong`, upto);
  if (current && current.epoch !== epoch) await tx.journal.savePosition({ ...current, closed: true });
  return keepRows(tx, world, position, fresh);
}

function answer(verdict: JournalVerdict['verdict'], epoch: string, upto: number, detail: string): Taken {
  return { verdict: { verdict, epoch, upto, detail }, payments: [] };
}

function newPosition(world: HubWorld, agentId: string, epoch: string): JournalPosition {
  return { agentId, epoch, upto: 0, chain: chainStart(epoch), startedAtMs: world.time.nowMs(), closed: false };
}

/** Whether the rows that are held already are the same ones. */
async function isKnownAlready(
  tx: StoreTransaction,
  agentId: string,
  batch: JournalBatch,
  upto: number,
): Promise<boolean> {
  if (batch.from > upto) return true;
  const held = await tx.journal.held(agentId, batch.epoch, batch.from, Math.min(batch.to, upto));
  const bySeq = new Map(batch.rows.map((row) => [row.seq, row]));
  return held.every((one) => {
    const row = bySeq.get(one.seq);
    return row?.eventId === one.eventId && sameBytes(row.hash, one.hash);
  });
}

/** Keeps every row; an event that another epoch has brought already has its effect once [decisions: for ever]. */
async function keepRows(
  tx: StoreTransaction,
  world: HubWorld,
  position: JournalPosition,
  rows: readonly JournalRow[],
): Promise<Taken> {
  const { agentId, epoch } = position;
  const known = await tx.journal.knownEvents(
    agentId,
    rows.map((row) => row.eventId),
  );
  const facts = rows.map((row) => ({ row, fact: readFact(row), isNew: !known.has(row.eventId) }));
  const batch = await openPaymentBatch(tx, paymentsOf(facts.filter((one) => one.isNew).map((one) => one.fact)));
  const stored: StoredJournalRow[] = [];
  const payments = new Map<string, Payment>();
  for (const { row, fact, isNew } of facts) {
    if (fact.dropped > 0) world.meter.count('card_numbers_dropped', {}, fact.dropped);
    world.meter.count('journal_rows', { kind: fact.known ? fact.kind : 'other' });
    const source = { agentId, eventId: row.eventId };
    const effect = isNew ? await applyFact(batch.tx, world, source, fact) : { applied: false };
    if (effect.payment) payments.set(effect.payment.paymentId, effect.payment);
    const { seq, eventId, kind, atMs, monoMs, boot, hash } = row;
    const kept = { seq, eventId, kind, atMs, monoMs, boot, hash, payload: fact.text, applied: effect.applied };
    stored.push({ agentId, epoch, takenAtMs: world.time.nowMs(), ...kept });
  }
  await batch.write();
  const last = rows.at(-1);
  if (!last) return answer('ok', epoch, position.upto, '');
  await tx.journal.insert(stored);
  await tx.journal.savePosition({ ...position, upto: last.seq, chain: last.hash });
  return { verdict: { verdict: 'ok', epoch, upto: last.seq, detail: '' }, payments: [...payments.values()] };
}

function paymentsOf(facts: readonly ReadFact[]): Set<string> {
  const ids = facts.map(({ fact }) =>
    fact?.kind === 'payment' || fact?.kind === 'refund' ? fact.fact.paymentId : undefined,
  );
  return new Set(ids.filter((id) => id !== undefined));
}

/**
 * A birth's position against what is held: another hash at its last row is a fork. Fewer rows than we hold are not: the
 * birth may be an old one; an old disk image is found out by its first new row.
 */
async function forkOf(
  tx: StoreTransaction,
  held: JournalPosition,
  { lastSeq, chain }: { lastSeq: number; chain: Uint8Array },
): Promise<string | undefined> {
  if (lastSeq === 0 || lastSeq > held.upto) return undefined;
  const [row] = await tx.journal.held(held.agentId, held.epoch, lastSeq, lastSeq);
  return row && !sameBytes(row.hash, chain) ? `the chain differs at row ${lastSeq}` : undefined;
}

/** Nothing is applied or acknowledged; the agent begins a new epoch and sends again what is not held. */
async function fork(tx: StoreTransaction, world: HubWorld, position: JournalPosition, why: string): Promise<Taken> {
  const { agentId, epoch, upto } = position;
  const detail = { epoch, upto, why };
  await openCase(tx, world, { kind: 'journal_fork', subject: `${agentId}/${epoch}`, agentId, detail });
  return answer('fork', epoch, upto, why);
}

async function refuse(
  tx: StoreTransaction,
  world: HubWorld,
  agentId: string,
  epoch: string,
  why: string,
  upto = 0,
): Promise<Taken> {
  const detail = { epoch: epoch.slice(0, 100).replaceAll('\0', ''), why };
  await openCase(tx, world, { kind: 'journal_refused', subject: agentId, agentId, detail });
  return answer('refused', epoch, upto, why);
}
