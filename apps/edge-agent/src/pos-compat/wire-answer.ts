import { REFUSAL_HINTS, type RefusalCode } from '../text/refusal-hints.ts';

/** An answer of the v1 LAN API [POS 1]: a start is judged by its members, never by the HTTP status. */
export interface WireAnswer {
  status: number;
  body: Record<string, unknown>;
  /** To be called once the whole answer has left this machine. */
  delivered?: () => void;
}

/** The sentences of the documents, which old tills may compare. */
export const SENTENCES = {
  notRegistered: 'Could not register transaction',
  transactionInvalid: 'Invalid transactionId.',
  processNotFound: 'Process not found',
  amountInvalid: 'Invalid amount',
} as const;

export function waiting(processId: string): WireAnswer {
  return { status: 200, body: { processId, status: 'wait' } };
}

/** A start that certainly did not happen. */
export function notStarted(message: string): WireAnswer {
  return { status: 200, body: { message } };
}

/** The same for a reason that the agent has a sentence for; the cashier reads it, and an old till shows but one language. */
export function notStartedBecause(code: RefusalCode): WireAnswer {
  return notStarted(REFUSAL_HINTS[code].ru);
}

export function notFound(): WireAnswer {
  return { status: 400, body: { message: SENTENCES.processNotFound } };
}
