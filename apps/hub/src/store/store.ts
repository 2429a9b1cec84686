import type { HubChange } from '../hub-core.ts';
import type { AgentRows } from './agent-rows.ts';
import type { CaseRows } from './case-rows.ts';
import type { CommandRows } from './command-rows.ts';
import type { DeviceRows } from './device-rows.ts';
import type { JournalRows } from './journal-rows.ts';
import type { LookupRows } from './lookup-rows.ts';
import type { PaymentRows } from './payment-rows.ts';
import type { RefundRows } from './refund-rows.ts';
import type { RefundSessionRows } from './refund-session-rows.ts';
import type { WebhookRows } from './webhook-rows.ts';

/**
 * The hub's durable memory as its services see it: typed operations inside transactions, no SQL.
 * PostgreSQL implements it (`database/`), and an in-memory model (`memory-store.ts`); both pass `store-compliance.ts`.
 *
 * Every method rejects with `HubError`: `store_unavailable`, `store_conflict` (a unique index), `store_constraint`.
 * Rows handed out are never changed in place: a change is a new object given to `save`.
 */
export interface Store {
  /** Only one live hub can use this store (the embedded server): its lease may be taken over at once. */
  readonly exclusive: boolean;
  /**
   * Runs in one transaction: committed when `run` resolves, dropped when it rejects. Rows read with `lock` stay unchanged by
   * others until the end. Locks are taken in the order agent, journal, payment, refund, refund session, command, case.
   * `run` may run again after a deadlock, so it does nothing but read and write through `tx`. A row that a constraint refused
   * spoils the transaction: it is dropped and rejects with that refusal, also where `run` caught it.
   */
  transaction<Result>(run: (tx: StoreTransaction) => Promise<Result>, options?: TransactionOptions): Promise<Result>;
  /** Unix milliseconds by the database's clock. */
  nowMs(): Promise<number>;
  /**
   * Changes committed by any instance, after their commit. Only a hint: some may be lost, and `reconnected` says that
   * some probably were.
   */
  onHint(listener: (hint: StoreHint) => void): () => void;
  close(): Promise<void>;
}

export interface TransactionOptions {
  /**
   * Never waits behind others for a connection: for the lease, whose loss under load would make every instance stop and
   * start over. One at a time.
   */
  urgent: boolean;
}

export type StoreHint = HubChange | { kind: 'reconnected' };

export interface StoreTransaction {
  readonly meta: MetaRows;
  readonly leases: LeaseRows;
  readonly payments: PaymentRows;
  readonly refunds: RefundRows;
  readonly commands: CommandRows;
  readonly refundSessions: RefundSessionRows;
  readonly devices: DeviceRows;
  readonly agents: AgentRows;
  readonly journal: JournalRows;
  readonly cases: CaseRows;
  readonly lookups: LookupRows;
  readonly webhooks: WebhookRows;
  /** Tells every instance about a change, if and when the transaction commits. */
  hint(change: HubChange): void;
}

/** Who writes: an instance and the generation of its lease [decisions: owning open payments]. */
export interface Fence {
  instance: string;
  generation: number;
}

export interface HubMeta {
  /** Random; minted with the database and again by a restore. */
  hubEpoch: string;
  /** After a restore: journals are taken and statuses read, but no money is sent until released. */
  recovering: boolean;
  recoveringSinceMs?: number;
  releasedBy?: string;
  releaseReason?: string;
}

export interface MetaRows {
  get(): Promise<HubMeta>;
  /** Of everything but the epoch; a restore writes that with its own statement. */
  save(meta: HubMeta): Promise<void>;
}

/** One row per instance, on the database's clock. */
export interface LeaseRows {
  /** A new generation of this instance; every earlier one is dead from then on. */
  acquire(instance: string, leaseMs: number): Promise<Fence>;
  /** False when the lease has lapsed or another generation has begun: the instance must stop acting. */
  renew(fence: Fence, leaseMs: number): Promise<boolean>;
  /** Rejects with `lease_lost` unless the fence's lease is live now. */
  check(fence: Fence): Promise<void>;
  /** Whether this lease is live now. */
  isLive(fence: Fence): Promise<boolean>;
  release(fence: Fence): Promise<void>;
  /** Instances whose lease is live now. */
  live(): Promise<Fence[]>;
}

/** How `save` guards a row: nothing is written, and false returned, unless the stored row still matches. */
export interface SaveGuard {
  version: number;
  /** The stored owner; left out where the caller has locked the row, checked its lease and becomes the owner. */
  fence?: Fence;
}
