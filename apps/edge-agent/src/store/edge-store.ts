import type { TerminalTokens } from '@tolem/kaspi-core';
import type { EdgeCase } from '../case/case.ts';
import type { CommandRecord } from '../command/command-record.ts';
import type { DropInProcess, DropInProcesses } from '../drop-in/drop-in-process.ts';
import type { PaymentRecord } from '../payment/payment-record.ts';
import type { PaymentFilter } from '../payment/payment-service.ts';
import type { RefundRecord } from '../refund/refund-record.ts';
import type { TerminalRecord } from '../terminal/terminal-record.ts';
import type { JournalLog } from './journal-log.ts';

/**
 * The port for everything that must survive the process: synchronous, because the journal is a file of our own, so that
 * nothing can come between reading and writing.
 *
 * A write is durable when `transact` returns. It rejects with `EdgeError` `disk_full` (nothing was written) or `journal_closed`.
 */
export interface EdgeStore {
  payment(paymentId: string): PaymentRecord | undefined;
  /** Those that need attention, oldest first. */
  openPayments(): PaymentRecord[];
  /** Paid after `sinceMs` and not yet collected, oldest first. */
  uncollectedPayments(sinceMs: number): PaymentRecord[];
  searchPayments(filter: PaymentFilter): { payments: PaymentRecord[]; nextCursor?: string };
  refund(refundId: string): RefundRecord | undefined;
  /** Oldest first. */
  refundsOf(paymentId: string): RefundRecord[];
  openRefunds(): RefundRecord[];
  command(commandId: string): CommandRecord | undefined;
  /** Those being claimed, or claimed and not begun. */
  openCommands(): CommandRecord[];
  key(keyHash: string): KeyRecord | undefined;
  terminal(terminalId: string): TerminalRecord | undefined;
  tokens(terminalId: string): TerminalTokens | undefined;
  /** What old tills were told at the drop-in LAN API. */
  readonly processes: DropInProcesses;
  openCase(kind: EdgeCase['kind'], subject: string): EdgeCase | undefined;
  openCases(): EdgeCase[];
  meta(name: MetaName): string | undefined;
  /** Runs `work` in one transaction: either all of its writes are on disk when this returns, or none. */
  transact<Result>(work: (writer: EdgeWriter) => Result): Result;
  readonly log: JournalLog;
  /** How the journal was found when it was opened. */
  readonly opening: JournalOpening;
  /**
   * Deletes acknowledged rows, and payments that ended before this moment with their refunds; keys and whatever is open stay.
   * A bounded piece of work; returns how much was deleted, so that the caller comes again where there is more.
   */
  prune(olderThanMs: number): number;
  /** Puts the reserve back where the disk has room again. */
  restoreRoom(): void;
  /** `false` while the disk is so full that no new payment may begin. */
  hasRoom(): boolean;
  close(): void;
}

/** Every put of an entity also writes its fact into the journal, in the same transaction. */
export interface EdgeWriter {
  putPayment(payment: PaymentRecord): void;
  /** A payment that came back from the hub, which needs no fact to know it. */
  restorePayment(payment: PaymentRecord): void;
  /** Throws `refund_exceeds_payment` when refunds of a terminal payment would exceed what was paid. */
  putRefund(refund: RefundRecord): void;
  /** The fact of a refund that is not kept, because the journal does not hold its payment. */
  tellRefund(refund: RefundRecord): void;
  /** Commands are never deleted; the hub hears of them by their refunds. */
  putCommand(command: CommandRecord): void;
  /** A refund that came back from the hub. */
  restoreRefund(refund: RefundRecord): void;
  /** Keys are never deleted and never replaced. */
  putKey(key: KeyRecord): void;
  putTerminal(terminal: TerminalRecord): void;
  putCase(entry: EdgeCase): void;
  /** Processes are never deleted. */
  putProcess(process: DropInProcess): void;
  putTokens(terminalId: string, tokens: TerminalTokens): void;
  putMeta(name: MetaName, value: string): void;
}

/** A used idempotency key: SHA-256 of the caller's token id and the key. */
export interface KeyRecord {
  keyHash: string;
  bodyHash: string;
  kind: 'payment' | 'refund';
  id: string;
  createdAtMs: number;
}

export type MetaName = 'resume' | 'hub_epoch' | 'watched_hub_epoch' | 'clock_right_since';

export interface JournalOpening {
  /** `created`: there was none; `intact`; `damaged`: the old one was moved aside; `lost`: there had been one. */
  found: 'created' | 'intact' | 'damaged' | 'lost';
  /** The process before this one did not stop tidily. */
  wasUnclean: boolean;
  detail?: string;
}
