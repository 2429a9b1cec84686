import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Context, createLog, createSystemContext } from '@tolem/base';
import {
  createHubCore,
  createMetrics,
  type EmbeddedPostgres,
  type HubCore,
  type HubSettingsInput,
  type Meter,
  migrateDatabase,
  openBank,
  openPgStore,
  startEmbeddedPostgres,
} from '@tolem/hub/bench';
import type { QrApi } from '@tolem/kaspi-core';
import pg from 'pg';
import { ORGANIZATION_BIN } from '../product/configurations.ts';
import type { BankReady } from './bank-process.ts';
import { closedAtTheEnd } from './closing.ts';

/** A hub's core without its doors, in this process, on a real database server; the bank is a process of its own. */
export interface HubStage {
  context: Context;
  bank: BankReady;
  /** Files of the client certificate that the bank accepts. */
  identity: { pfx: Buffer; passphrase: string };
  ca: string[];
  connection: EmbeddedPostgres['connection'];
  /** The customers of these purchases scan and confirm. */
  customers(bankPaymentIds: string[]): void;
  startCore(options?: CoreOptions): Promise<RunningCore>;
  /** Rows written so far, by table; complete only for connections that have ended or been idle for over 10 s. */
  rowWrites(): Promise<Record<string, number>>;
  /** Between two cores: the payments of the first are gone. */
  forgetPayments(): Promise<void>;
  /** Where the write-ahead log is: exact at once. */
  walBytes(): Promise<bigint>;
  /** For preparations: commits do not wait for the disk meanwhile. Nothing is measured so. */
  hurriedly(run: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export interface RunningCore {
  core: HubCore;
  latenessMs: number[];
  bankCallMs: Record<string, number[]>;
  /** Calls to the bank that have ended. */
  calls(method: string): number;
  stop(): Promise<void>;
}

export interface CoreOptions {
  door?: 'sim' | 'bare';
  settings?: Partial<HubSettingsInput>;
  wrapBank?: (bank: QrApi) => QrApi;
}

/** The server's processes of closed connections end, and tell what they wrote, a moment later. */
const ENDING_MS = 700;
const ROW_WRITES = `
  select relname as name, (n_tup_ins + n_tup_upd + n_tup_del)::int as writes from pg_stat_user_tables`;

export async function openHubStage(): Promise<HubStage> {
  const folder = mkdtempSync(join(tmpdir(), 'tolem-bench-'));
  const log = createLog({ name: 'bench', level: 'info', destination: createWriteStream(join(folder, 'hub.log')) });
  const context = createSystemContext(log);
  const child = fork(join(import.meta.dirname, 'bank-process.ts'), [join(folder, 'sim')], { execArgv: [] });
  const starting = startEmbeddedPostgres({ folder: join(folder, 'postgres'), clock: context.clock, log });
  let client: pg.Client | undefined;
  // Also where it is interrupted on its way up.
  const close = closedAtTheEnd(async () => {
    await client?.end();
    await (await starting).stop();
    await endChild(child);
    rmSync(folder, { recursive: true, force: true });
  });
  const [bank] = (await once(child, 'message')) as [BankReady];
  const postgres = await starting;
  await migrateDatabase(postgres.connection);
  const server = new pg.Client(postgres.connection);
  await server.connect();
  client = server;
  const file = (name: string) => readFileSync(join(bank.pkiDir, name));
  const identity = { pfx: file('client.pfx'), passphrase: file('passphrase').toString('utf8').trim() };
  const ca = [file('kbs_root_ca.crt').toString('utf8'), file('kbs_ca.crt').toString('utf8')];
  const { connection } = postgres;
  return {
    context,
    bank,
    identity,
    ca,
    connection,
    customers: (ids) => void child.send(ids),
    startCore: (options = {}) => startCore({ context, bank, identity, ca, connection }, options),
    async rowWrites() {
      const { rows } = await server.query<{ name: string; writes: number }>(ROW_WRITES);
      return Object.fromEntries(rows.map((row) => [row.name, row.writes]));
    },
    async forgetPayments() {
      await server.query('truncate payment, payment_event, refund, case_file cascade');
    },
    async walBytes() {
      const { rows } = await server.query<{ at: string }>(
        "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::text as at",
      );
      return BigInt(rows[0]?.at ?? 0);
    },
    async hurriedly(run) {
      await setCommits(server, 'off');
      await run();
      await setCommits(server, 'on');
    },
    close,
  };
}

type Parts = Pick<HubStage, 'context' | 'bank' | 'identity' | 'ca' | 'connection'>;

async function startCore(parts: Parts, { door = 'sim', settings, wrapBank }: CoreOptions): Promise<RunningCore> {
  const { context, connection, bank: addresses, identity, ca } = parts;
  const config = {
    scheme: 3 as const,
    baseUrl: `https://${addresses[door]}/r3/v01`,
    statusVersion: 'v02' as const,
    connections: 64,
  };
  const gateway = openBank({ config, context, tls: { identity, ca } });
  const store = await openPgStore({ connection, context, exclusive: true, assertUsable() {} });
  const { meter, latenessMs, bankCallMs } = collecting(createMetrics(context.clock).meter);
  const bank = wrapBank?.(gateway.api) ?? gateway.api;
  const organizations = [{ bin: ORGANIZATION_BIN, name: 'Bench' }];
  const core = await createHubCore({ store, bank, context, meter, settings: { organizations, ...settings } });
  await core.start();
  return {
    core,
    latenessMs,
    bankCallMs,
    calls: (method) => bankCallMs[method]?.length ?? 0,
    async stop() {
      await core.stop();
      await store.close();
      await gateway.close();
      await context.clock.sleep(ENDING_MS);
    },
  };
}

/** The hub's own metrics, with every number kept beside them. */
function collecting(real: Meter) {
  const latenessMs: number[] = [];
  const bankCallMs: Record<string, number[]> = {};
  const meter: Meter = {
    ...real,
    observe(name, labels, ms) {
      real.observe(name, labels, ms);
      if (name === 'poll_lateness_ms') latenessMs.push(ms);
      if (name !== 'bank_call_ms') return;
      const method = labels.method ?? '';
      const known = bankCallMs[method];
      if (known) known.push(ms);
      else bankCallMs[method] = [ms];
    },
  };
  return { meter, latenessMs, bankCallMs };
}

/** An agent with one device at the bank: what a payment needs. */
export async function addTill(core: HubCore, agentId: string): Promise<void> {
  await core.agents.add({ agentId, name: agentId, storeName: 'Bench' });
  const device = { agentId, deviceId: agentId, organizationBin: ORGANIZATION_BIN, tradePointId: '1' };
  await core.devices.register({ kind: 'person', name: 'bench' }, device);
}

async function setCommits(client: pg.Client, value: 'on' | 'off'): Promise<void> {
  await client.query(`alter system set synchronous_commit = ${value}`);
  await client.query('select pg_reload_conf()');
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}
