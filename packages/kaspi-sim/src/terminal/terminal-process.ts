import { z } from 'zod';

/** One operation of a simulated terminal, as it is kept: amounts are tenge with two decimals, moments Unix milliseconds. */
export const terminalProcessSchema = z.object({
  processId: z.string(),
  kind: z.enum(['payment', 'refund']),
  amount: z.string(),
  ownCheque: z.boolean(),
  startedAtMs: z.number(),
  /** The terminal ends the operation by itself at this moment. */
  deadlineAtMs: z.number(),
  status: z.enum(['wait', 'success', 'fail', 'unknown']),
  subStatus: z.string(),
  method: z.enum(['qr', 'card', 'alaqan']).optional(),
  message: z.string().optional(),
  /** Of a refund: the operation whose money goes back, and whether the customer must scan a code for it. */
  refundOf: z.string().optional(),
  needsScan: z.boolean().optional(),
  /** What the bank says when an `unknown` operation is looked up. */
  resolvesTo: z.enum(['success', 'fail']).nullable().optional(),
  lastActualizedAtMs: z.number().optional(),
  endedAtMs: z.number().optional(),
  /** Set once money has really moved. */
  transactionId: z.string().optional(),
  orderNumber: z.string().optional(),
  rrn: z.string().optional(),
  movedAmount: z.string().optional(),
  /** The API forgot it (v1 restarted); the money it moved stays true. */
  isForgotten: z.boolean().optional(),
});

export type TerminalProcess = z.output<typeof terminalProcessSchema>;
export type TerminalPayMethod = NonNullable<TerminalProcess['method']>;

export const terminalEntrySchema = z.union([
  z.object({ process: terminalProcessSchema }),
  z.object({
    pairing: z.array(
      z.object({ name: z.string(), accessToken: z.string(), refreshToken: z.string(), issuedAtMs: z.number() }),
    ),
  }),
]);

type TerminalEntry = z.output<typeof terminalEntrySchema>;
export type PairedName = Extract<TerminalEntry, { pairing: unknown }>['pairing'][number];
