/** One operation as an old till knows it: by a process id that is the agent's own, whatever number the terminal uses. */
export interface DropInProcess {
  /** Decimal digits, in the manner of a v1 terminal; issued once and never again. */
  processId: string;
  kind: 'payment' | 'refund';
  /** The IP address that asked. */
  address: string;
  /** What was asked, so that the same request is known again, such as `1500` or `300 card 12345`. */
  asked: string;
  createdAtMs: number;
  /** The idempotency key of the payment or refund, as it is stored: it leads to the operation. */
  keyHash: string;
  /** The final answer that the till has fetched, which stays when the operation itself is kept no longer. */
  told?: { status: 'success' | 'fail' };
  /** Under which the till may ask for the money back; set with `told`. */
  transactionId?: string;
}

/** What the journal knows of them, for ever. */
export interface DropInProcesses {
  get(processId: string): DropInProcess | undefined;
  /** The latest with the same request from the same address. */
  last(request: { kind: DropInProcess['kind']; address: string; asked: string }): DropInProcess | undefined;
  ofTransaction(transactionId: string): DropInProcess | undefined;
  /** The highest id that was ever issued. */
  newestId(): string | undefined;
}
