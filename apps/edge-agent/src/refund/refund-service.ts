import type { Money } from '@tolem/base';
import type { DropInProcess } from '../drop-in/drop-in-process.ts';
import type { Refund } from './refund.ts';

/** Refunds as the agent's doors reach them. Rejects with `ProblemError`. */
export interface RefundService {
  /** Without an amount: all that is left. Idempotent by key, as payments are. */
  create(request: CreateRefund): Promise<{ refund: Refund; repeated: boolean }>;
  get(refundId: string): Refund;
  /** Those that headquarters asked for and that have not ended. */
  asked(): Refund[];
  waitForChange(refundId: string, afterVersion: number, waitMs: number, signal?: AbortSignal): Promise<Refund>;
  onChange(listener: (refund: Refund) => void): () => void;
  /** A person settles an `unknown` refund of a terminal (scope `settle`). */
  resolve(
    refundId: string,
    request: { outcome: 'confirmed' | 'declined'; by: string; reason: string },
  ): Promise<Refund>;
}

export interface CreateRefund {
  token: string;
  idempotencyKey: string;
  bodyHash: string;
  paymentId: string;
  amount?: Money;
  reason: string;
  actor: string;
  /** Where refunds are `with_customer`: the session in which the customer is known. */
  refundSessionId?: string;
  /** Of an old till: on disk together with the intent. */
  process?: DropInProcess;
  /** Throws where the caller may not begin a refund. Not asked for a repetition, which begins nothing. */
  mayBegin?: () => void;
}
