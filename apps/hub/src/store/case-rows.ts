import type { Case, CaseSum } from '../case/case.ts';

export interface CaseFilter {
  open?: boolean;
  paymentId?: string;
  limit: number;
  cursor?: string;
}

/** Constraint: one open case per `(kind, subject)`. */
export interface CaseRows {
  /** Undefined when an open case of this kind and subject, or one with this id, exists. */
  open(entry: Case, subject: string): Promise<Case | undefined>;
  get(caseId: string, options?: { lock: boolean }): Promise<Case | undefined>;
  save(entry: Case): Promise<void>;
  /** Closes the open case of this kind and subject, if there is one, and returns it. */
  closeOf(
    key: { kind: string; subject: string },
    closing: { atMs: number; by: string; reason: string },
  ): Promise<Case | undefined>;
  /** Open cases by kind, with the money that is in them. */
  openSums(): Promise<CaseSum[]>;
  /** Newest first. */
  list(filter: CaseFilter): Promise<{ cases: Case[]; nextCursor?: string }>;
}
