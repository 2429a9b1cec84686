import { afterEach, beforeEach, describe } from 'vitest';
import { describeAgents } from './compliance/agents.ts';
import { describeCases } from './compliance/cases.ts';
import { describeCommands } from './compliance/commands.ts';
import { describeJournal } from './compliance/journal.ts';
import { describeLeases } from './compliance/leases.ts';
import { describeLookups } from './compliance/lookups.ts';
import { describePaymentBatches } from './compliance/payment-batches.ts';
import { describePaymentLists } from './compliance/payment-lists.ts';
import { describePayments } from './compliance/payments.ts';
import { describeRefundSessions } from './compliance/refund-sessions.ts';
import { describeRefunds } from './compliance/refunds.ts';
import type { OpenStoreWorld, StoreWorld } from './compliance/store-world.ts';
import { describeTransactions } from './compliance/transactions.ts';
import { describeWebhooks } from './compliance/webhooks.ts';

/** What every implementation of `Store` must do; run by the in-memory model and by PostgreSQL. */
export function describeStore(name: string, open: OpenStoreWorld): void {
  describe(name, () => {
    let world: StoreWorld | undefined;
    const current = (): StoreWorld => {
      if (!world) throw new Error('no store is open');
      return world;
    };
    beforeEach(async () => {
      world = await open();
    });
    afterEach(async () => {
      await world?.close();
      world = undefined;
    });
    describeTransactions(current);
    describeLeases(current);
    describePayments(current);
    describePaymentBatches(current);
    describePaymentLists(current);
    describeRefunds(current);
    describeRefundSessions(current);
    describeCommands(current);
    describeAgents(current);
    describeJournal(current);
    describeCases(current);
    describeLookups(current);
    describeWebhooks(current);
  });
}
