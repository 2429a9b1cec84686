/** The parts of a hub that the benchmarks put together without its doors: `@tolem/hub/bench`. */
export { openBank } from '../bank/open-bank.ts';
export type { Caller } from '../caller.ts';
export { createHubCore } from '../create-hub-core.ts';
export { type EmbeddedPostgres, startEmbeddedPostgres } from '../database/embedded-postgres.ts';
export { migrateDatabase } from '../database/migrate.ts';
export { openPgStore } from '../database/pg-store.ts';
export type { HubCore } from '../hub-core.ts';
export type { HubSettingsInput } from '../hub-settings.ts';
export type { JournalBatch, JournalRow } from '../journal/journal-intake.ts';
export type { Meter } from '../meter.ts';
export { createMetrics } from '../metrics/prometheus.ts';
export type { Payment } from '../payment/payment.ts';
