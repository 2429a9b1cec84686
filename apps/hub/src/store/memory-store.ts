import type { Clock, Ids } from '@tolem/base';
import type { Case } from '../case/case.ts';
import type { Command } from '../command/command.ts';
import type { HubChange } from '../hub-core.ts';
import { HubError } from '../hub-error.ts';
import type { Payment } from '../payment/payment.ts';
import type { PaymentEvent } from '../payment/payment-service.ts';
import type { Refund } from '../refund/refund.ts';
import type { RefundSession } from '../refund-session/refund-session.ts';
import type { Delivery } from '../webhook/webhook.ts';
import type { AgentRecord } from './agent-rows.ts';
import type { DeviceRecord } from './device-rows.ts';
import type { JournalPosition, StoredJournalRow } from './journal-rows.ts';
import { memoryAgents, memoryDevices, memoryJournal } from './memory-agents.ts';
import { memoryCases } from './memory-cases.ts';
import { memoryCommands } from './memory-commands.ts';
import { memoryLookups } from './memory-lookups.ts';
import { memoryPayments } from './memory-payments.ts';
import { memoryRefundSessions } from './memory-refund-sessions.ts';
import { memoryRefunds } from './memory-refunds.ts';
import { MemoryTable, type UndoLog } from './memory-table.ts';
import { memoryWebhooks } from './memory-webhooks.ts';
import type { Fence, HubMeta, LeaseRows, Store, StoreHint, StoreTransaction } from './store.ts';

/** The tables of the in-memory model. */
export interface MemoryTables {
  meta: MemoryTable<HubMeta>;
  instances: MemoryTable<Fence & { expiresAtMs: number }>;
  payments: MemoryTable<Payment>;
  paymentEvents: MemoryTable<readonly PaymentEvent[]>;
  refunds: MemoryTable<Refund>;
  commands: MemoryTable<Command>;
  refundSessions: MemoryTable<RefundSession>;
  devices: MemoryTable<DeviceRecord>;
  agents: MemoryTable<AgentRecord>;
  boots: MemoryTable<number>;
  positions: MemoryTable<JournalPosition>;
  journalRows: MemoryTable<StoredJournalRow>;
  events: MemoryTable<true>;
  cases: MemoryTable<{ entry: Case; subject: string }>;
  lookups: MemoryTable<readonly number[]>;
  deliveries: MemoryTable<Delivery>;
}

/**
 * What happens to the n-th commit of a connection: dropped with the process; done, and then the process dies; or done, and
 * only the answer to it is lost.
 */
export type CommitFate = 'commit' | 'crash_before' | 'crash_after' | 'answer_lost';
export type FateOf = (commit: number, hints: readonly HubChange[]) => CommitFate;

export interface MemoryConnection extends Store {
  /** The process dies: what it had not committed is dropped, and it never hears from the store again. */
  crash(): void;
  readonly isCrashed: boolean;
  readonly commits: number;
  /** Also those that only read, or were dropped. */
  readonly transactions: number;
}

/** One database in memory that outlives the hubs connected to it. Transactions run one after the other: serialisable. */
export interface MemoryDatabase {
  connect(options?: { fateOf?: FateOf }): MemoryConnection;
}

export function createMemoryDatabase(world: { clock: Clock; ids: Ids; exclusive?: boolean }): MemoryDatabase {
  const tables = createTables();
  const listeners = new Set<(hint: StoreHint) => void>();
  let queue: Promise<unknown> = Promise.resolve();
  const boot: UndoLog = { assertOpen() {}, add() {}, spoil() {} };
  tables.meta.set(boot, 'hub', { hubEpoch: world.ids.uuid(), recovering: false });

  return {
    connect({ fateOf = () => 'commit' } = {}) {
      const own = new Set<(hint: StoreHint) => void>();
      let isCrashed = false;
      let commits = 0;
      let transactions = 0;
      const gone = () => new HubError('store_unavailable', 'this connection is gone');
      const lost = () =>
        new HubError('store_unavailable', 'the answer to the commit is lost', { ids: { outcome: 'unknown' } });
      const others = () => [...listeners].filter((one) => !own.has(one));
      const tellAll = (hint: StoreHint, to: Array<(hint: StoreHint) => void>) => {
        for (const listener of to) {
          try {
            listener(hint);
          } catch {
            // As the other store does: what is committed stays so.
          }
        }
      };
      const crash = () => {
        isCrashed = true;
        for (const listener of own) listeners.delete(listener);
      };
      const attempt = async <Result>(run: (tx: StoreTransaction) => Promise<Result>): Promise<Result> => {
        if (isCrashed) throw gone();
        transactions++;
        const undo: Array<() => void> = [];
        const hints: HubChange[] = [];
        let isOpen = true;
        let refusal: HubError | undefined;
        const log: UndoLog = {
          assertOpen: () => {
            if (!isOpen || isCrashed) throw gone();
            if (refusal) throw refusal;
          },
          add: (step) => void undo.push(step),
          spoil: (error) => {
            refusal ??= error;
          },
        };
        const rollBack = () => {
          for (const step of undo.reverse()) step();
        };
        try {
          const result = await run(createTransaction(tables, log, hints, world.clock));
          log.assertOpen();
          const fate = isCrashed ? 'crash_before' : undo.length === 0 ? 'commit' : fateOf(++commits, hints);
          if (fate === 'crash_before' || fate === 'crash_after') crash();
          if (fate === 'crash_before') throw gone();
          isOpen = false;
          // The own listeners of a lost answer hear that something may have changed, not what.
          const isLost = fate === 'answer_lost';
          for (const hint of hints) tellAll(hint, isLost ? others() : [...listeners]);
          if (isLost) tellAll({ kind: 'reconnected' }, [...own]);
          if (fate === 'crash_after') throw gone();
          if (isLost) throw lost();
          return result;
        } catch (error) {
          if (isOpen) rollBack();
          isOpen = false;
          throw error;
        }
      };
      return {
        exclusive: world.exclusive ?? true,
        transaction(run) {
          const turn = queue.then(
            () => attempt(run),
            () => attempt(run),
          );
          queue = turn.catch(() => undefined);
          return turn;
        },
        nowMs: async () => world.clock.nowMs(),
        onHint(listener) {
          listeners.add(listener);
          own.add(listener);
          return () => {
            listeners.delete(listener);
            own.delete(listener);
          };
        },
        close: async () => crash(),
        crash,
        get isCrashed() {
          return isCrashed;
        },
        get transactions() {
          return transactions;
        },
        get commits() {
          return commits;
        },
      };
    },
  };
}

function createTables(): MemoryTables {
  return {
    meta: new MemoryTable(),
    instances: new MemoryTable(),
    payments: new MemoryTable(),
    paymentEvents: new MemoryTable(),
    refunds: new MemoryTable(),
    commands: new MemoryTable(),
    refundSessions: new MemoryTable(),
    devices: new MemoryTable(),
    agents: new MemoryTable(),
    boots: new MemoryTable(),
    positions: new MemoryTable(),
    journalRows: new MemoryTable(),
    events: new MemoryTable(),
    cases: new MemoryTable(),
    lookups: new MemoryTable(),
    deliveries: new MemoryTable(),
  };
}

function createTransaction(tables: MemoryTables, log: UndoLog, hints: HubChange[], clock: Clock): StoreTransaction {
  const isLive = (fence: Fence) => {
    const row = tables.instances.get(log, fence.instance);
    return row !== undefined && row.generation === fence.generation && row.expiresAtMs > clock.nowMs();
  };
  return {
    meta: {
      async get() {
        const meta = tables.meta.get(log, 'hub');
        if (!meta) throw new HubError('record_damaged', 'the database has no hub_meta row');
        return meta;
      },
      async save(meta) {
        const hubEpoch = tables.meta.get(log, 'hub')?.hubEpoch ?? meta.hubEpoch;
        tables.meta.set(log, 'hub', { ...meta, hubEpoch });
      },
    },
    leases: memoryLeases(tables, log, clock, isLive),
    payments: memoryPayments(tables, log, isLive),
    refunds: memoryRefunds(tables, log, isLive),
    commands: memoryCommands(tables, log),
    refundSessions: memoryRefundSessions(tables, log, isLive),
    devices: memoryDevices(tables, log),
    agents: memoryAgents(tables, log),
    journal: memoryJournal(tables, log),
    cases: memoryCases(tables, log),
    lookups: memoryLookups(tables, log),
    webhooks: memoryWebhooks(tables, log, isLive),
    hint: (change) => void hints.push(change),
  };
}

function memoryLeases(
  { instances }: MemoryTables,
  log: UndoLog,
  clock: Clock,
  isLive: (fence: Fence) => boolean,
): LeaseRows {
  return {
    async acquire(instance, leaseMs) {
      const generation = (instances.get(log, instance)?.generation ?? 0) + 1;
      instances.set(log, instance, { instance, generation, expiresAtMs: clock.nowMs() + leaseMs });
      return { instance, generation };
    },
    async renew(fence, leaseMs) {
      if (!isLive(fence)) return false;
      instances.set(log, fence.instance, { ...fence, expiresAtMs: clock.nowMs() + leaseMs });
      return true;
    },
    async check(fence) {
      if (!isLive(fence))
        throw new HubError('lease_lost', 'the lease of this instance has lapsed', { ids: { ...fence } });
    },
    isLive: async (fence) => isLive(fence),
    async release(fence) {
      if (isLive(fence)) instances.set(log, fence.instance, { ...fence, expiresAtMs: 0 });
    },
    live: async () =>
      instances
        .all(log)
        .filter(isLive)
        .map(({ instance, generation }) => ({ instance, generation })),
  };
}
