import type { Money } from '@tolem/base';
import type { HubWorld } from '../hub-world.ts';
import type { StoreTransaction } from '../store/store.ts';
import type { Case } from './case.ts';

export interface NewCase {
  kind: string;
  /** What the case is about: one open case per kind and subject. */
  subject: string;
  agentId?: string;
  paymentId?: string;
  refundId?: string;
  amount?: Money;
  detail: Record<string, unknown>;
}

/** Opens a case in the transaction of what caused it, unless one of its kind is open for the subject. */
export async function openCase(
  tx: StoreTransaction,
  world: Pick<HubWorld, 'ids' | 'time' | 'meter'>,
  given: NewCase,
): Promise<Case | undefined> {
  const { subject, ...members } = given;
  const opened = await tx.cases.open({ ...members, caseId: world.ids.uuid(), openedAtMs: world.time.nowMs() }, subject);
  if (!opened) return undefined;
  tx.hint({ kind: 'case', caseId: opened.caseId });
  world.meter.count('cases_opened', { kind: opened.kind });
  return opened;
}

export async function closeCaseOf(
  tx: StoreTransaction,
  world: Pick<HubWorld, 'time'>,
  key: { kind: string; subject: string },
  closing: { by: string; reason: string },
): Promise<void> {
  const closed = await tx.cases.closeOf(key, { atMs: world.time.nowMs(), ...closing });
  if (closed) tx.hint({ kind: 'case', caseId: closed.caseId });
}
