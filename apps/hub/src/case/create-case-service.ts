import type { Caller } from '../caller.ts';
import { guarded } from '../guarded.ts';
import type { HubWorld } from '../hub-world.ts';
import { plainText } from '../plain-text.ts';
import { problem } from '../problem-catalogue.ts';
import type { StoreTransaction } from '../store/store.ts';
import type { Case, CaseService } from './case.ts';

const PAGE = 200;
const TEXT_LIMIT = 500;

/** `onClosed` runs in the transaction that closes a case: what the case had stopped may go on. */
export function createCaseService(
  world: HubWorld,
  onClosed: (tx: StoreTransaction, closed: Case) => Promise<void>,
): CaseService {
  const change = (caller: Caller, caseId: string, run: (entry: Case, by: string) => Promise<Case>) =>
    guarded(() =>
      world.store.transaction(async (tx) => {
        if (caller.kind !== 'person') throw problem('forbidden', 'only a person works on cases');
        // In the order in which every other transaction locks: the payment, then its case.
        const { paymentId } = (await tx.cases.get(caseId)) ?? {};
        if (paymentId !== undefined) await tx.payments.get(paymentId, { lock: true });
        const entry = await tx.cases.get(caseId, { lock: true });
        if (!entry) throw problem('case_not_found', 'there is no such case');
        if (entry.closedAtMs !== undefined) throw problem('case_closed', 'the case is closed');
        const changed = await run(entry, caller.name);
        await tx.cases.save(changed);
        if (changed.closedAtMs !== undefined) await onClosed(tx, changed);
        tx.hint({ kind: 'case', caseId });
        return changed;
      }),
    );
  return {
    list: (filter) =>
      guarded(() => world.store.transaction((tx) => tx.cases.list({ ...filter, limit: Math.min(filter.limit, PAGE) }))),
    get: (caseId) =>
      guarded(async () => {
        const entry = await world.store.transaction((tx) => tx.cases.get(caseId));
        if (!entry) throw problem('case_not_found', 'there is no such case');
        return entry;
      }),
    assign: (caller, caseId, owner) =>
      change(caller, caseId, async (entry) => ({ ...entry, owner: plainText(owner, 'owner', TEXT_LIMIT, 1) })),
    close: (caller, caseId, reason) =>
      change(caller, caseId, async (entry, by) => {
        const closed = {
          ...entry,
          closedAtMs: world.time.nowMs(),
          closedBy: by,
          closeReason: plainText(reason, 'reason', TEXT_LIMIT, 1),
        };
        return closed;
      }),
  };
}
