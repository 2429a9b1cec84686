import type { Context, Money } from '@tolem/base';
import type { EdgeStore, EdgeWriter } from '../store/edge-store.ts';
import type { CaseKind, EdgeCase } from './case.ts';

export interface OpenCase {
  kind: CaseKind;
  subject: string;
  paymentId?: string;
  refundId?: string;
  amount?: Money;
  detail?: Record<string, string>;
}

/** Opens and closes cases; at most one is open for a kind and a subject. */
export interface CaseDesk {
  /** Inside a transaction of somebody else, or in one of its own. */
  open(opening: OpenCase, writer?: EdgeWriter): void;
  close(kind: CaseKind, subject: string, by: string, reason: string, writer?: EdgeWriter): void;
}

export function createCaseDesk(context: Context, store: EdgeStore): CaseDesk {
  const put = (entry: EdgeCase, writer?: EdgeWriter): void => {
    if (writer) writer.putCase(entry);
    else store.transact((own) => own.putCase(entry));
  };
  return {
    open({ detail = {}, ...opening }, writer) {
      if (store.openCase(opening.kind, opening.subject)) return;
      context.log.error({ ...opening, amount: opening.amount?.toString() }, 'case.opened');
      const caseId = context.ids.uuid();
      put({ caseId, open: true, openedAtMs: Math.floor(context.clock.nowMs()), detail, ...opening }, writer);
    },
    close(kind, subject, closedBy, closeReason, writer) {
      const entry = store.openCase(kind, subject);
      if (entry) put({ ...entry, open: false, closedBy, closeReason }, writer);
    },
  };
}
