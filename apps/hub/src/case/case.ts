import type { Money } from '@tolem/base';
import type { Caller } from '../caller.ts';

/** Something that a person must look at, with its money amount. */
export interface Case {
  caseId: string;
  /** A word such as `late_money`, `amount_mismatch`, `refund_unknown`, `journal_fork`, `not_collected`. */
  kind: string;
  agentId?: string;
  paymentId?: string;
  refundId?: string;
  amount?: Money;
  detail: Record<string, unknown>;
  openedAtMs: number;
  owner?: string;
  closedAtMs?: number;
  closedBy?: string;
  closeReason?: string;
}

/** The open cases of one kind. */
export interface CaseSum {
  kind: string;
  count: number;
  amount: Money;
}

export interface CaseService {
  list(filter: {
    open?: boolean;
    paymentId?: string;
    limit: number;
    cursor?: string;
  }): Promise<{ cases: Case[]; nextCursor?: string }>;
  get(caseId: string): Promise<Case>;
  assign(caller: Caller, caseId: string, owner: string): Promise<Case>;
  close(caller: Caller, caseId: string, reason: string): Promise<Case>;
}
