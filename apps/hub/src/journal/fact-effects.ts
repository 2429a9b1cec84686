import { Money, unreachable } from '@tolem/base';
import type { CaseFact, JournalFact, TerminalFact } from '@tolem/proto';
import { closeCaseOf, openCase } from '../case/case-opener.ts';
import type { HubWorld } from '../hub-world.ts';
import type { StoreTransaction } from '../store/store.ts';
import { applyPaymentFact, type FactEffect } from './edge-payment.ts';
import { applyRefundFact } from './edge-refund.ts';
import type { ReadFact } from './fact-reading.ts';

export interface FactSource {
  agentId: string;
  eventId: string;
}

/** What a fact does to the hub's picture, in the transaction that stores its row. A fact never makes a batch fail. */
export async function applyFact(
  tx: StoreTransaction,
  world: HubWorld,
  { agentId, eventId }: FactSource,
  { fact, fault, kind, known }: ReadFact,
): Promise<FactEffect> {
  if (!fact) {
    if (known || fault !== undefined) {
      const detail = { kind, fault: fault ?? '', eventId };
      await openCase(tx, world, { kind: 'journal_row_unreadable', subject: `${agentId}/${kind}`, agentId, detail });
    }
    return { applied: false };
  }
  switch (fact.kind) {
    case 'payment':
      return applyPaymentFact(tx, world, agentId, fact.fact);
    case 'refund':
      return applyRefundFact(tx, world, agentId, fact.fact);
    case 'case':
      return { applied: await applyCaseFact(tx, world, agentId, fact.fact) };
    case 'journal':
      return { applied: await applyJournalFact(tx, world, { agentId, eventId }, fact.fact) };
    case 'terminal':
      return { applied: await applyTerminalFact(tx, world, agentId, fact.fact) };
    default:
      return unreachable(fact, 'kind of a fact');
  }
}

/** The edge's own case under its own id; another agent's case with that id is not touched. */
async function applyCaseFact(tx: StoreTransaction, world: HubWorld, agentId: string, fact: CaseFact): Promise<boolean> {
  const { caseId, kind, detail, paymentId, refundId } = fact;
  const known = await tx.cases.get(caseId, { lock: true });
  if (known && known.agentId !== agentId) return false;
  const nowMs = world.time.nowMs();
  const closing = fact.open
    ? {}
    : { closedAtMs: nowMs, closedBy: fact.closedBy ?? `agent:${agentId}`, closeReason: fact.closeReason ?? '' };
  const shown = {
    caseId,
    kind,
    agentId,
    detail,
    openedAtMs: known?.openedAtMs ?? nowMs,
    ...(paymentId === undefined ? {} : { paymentId }),
    ...(refundId === undefined ? {} : { refundId }),
    ...amountOf(fact),
    ...closing,
  };
  if (!known) await tx.cases.open(shown, `${agentId}/${caseId}`);
  // What a person at HQ has closed stays closed.
  else if (known.closedAtMs === undefined) await tx.cases.save({ ...known, ...shown });
  tx.hint({ kind: 'case', caseId });
  return true;
}

function amountOf({ amount }: CaseFact): { amount?: Money } {
  const money = amount === undefined ? Money.zero : Money.parse(amount);
  return money.isPositive ? { amount: money } : {};
}

async function applyJournalFact(
  tx: StoreTransaction,
  world: HubWorld,
  { agentId, eventId }: FactSource,
  fact: JournalFact,
): Promise<boolean> {
  if (fact.reason === 'created') return true;
  await openCase(tx, world, { kind: `journal_${fact.reason}`, subject: eventId, agentId, detail: { ...fact } });
  return true;
}

/** A blocked terminal is a case until the edge reports it ready. */
async function applyTerminalFact(
  tx: StoreTransaction,
  world: HubWorld,
  agentId: string,
  fact: TerminalFact,
): Promise<boolean> {
  const subject = `${agentId}/${fact.terminalId}`;
  if (fact.state === 'ready') {
    const closing = { by: fact.by ?? `agent:${agentId}`, reason: fact.reason ?? 'the terminal is ready' };
    for (const state of ['unresolved', 'blocked']) {
      await closeCaseOf(tx, world, { kind: `terminal_${state}`, subject }, closing);
    }
    return true;
  }
  const paymentId = fact.paymentId === undefined ? {} : { paymentId: fact.paymentId };
  const detail = { terminalId: fact.terminalId, reason: fact.reason ?? '' };
  await openCase(tx, world, { kind: `terminal_${fact.state}`, subject, agentId, ...paymentId, detail });
  return true;
}
