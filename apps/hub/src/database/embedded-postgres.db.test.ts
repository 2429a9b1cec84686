import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSilentLog, createSystemClock } from '@tolem/base';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';

const clock = createSystemClock();
const folders: string[] = [];
const running: EmbeddedPostgres[] = [];
const start = async (folder: string) => {
  const server = await startEmbeddedPostgres({ folder, clock, log: createSilentLog() });
  running.push(server);
  return server;
};
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'tolem-pg-'));
  folders.push(folder);
  return folder;
};
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const query = async (server: EmbeddedPostgres, sql: string) => {
  const client = new pg.Client(server.connection);
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};
const serverPid = (folder: string) => Number(readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n')[0]);

test('a committed row is there after a stop and a start', async () => {
  const folder = newFolder();
  const first = await start(folder);
  await query(first, 'create table kept (n int); insert into kept values (7)');
  await first.stop();
  expect(first.isRunning()).toBe(false);
  const second = await start(folder);
  expect(await query(second, 'select n from kept')).toEqual([{ n: 7 }]);
});

test('a server that outlived its hub is adopted, not started twice', async () => {
  const folder = newFolder();
  await start(folder);
  const pid = serverPid(folder);
  const second = await start(folder);
  expect(serverPid(folder)).toBe(pid);
  expect(await query(second, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a killed server comes back by itself with everything that was committed', async () => {
  const folder = newFolder();
  const server = await start(folder);
  await query(server, 'create table kept (n int); insert into kept values (8)');
  const pid = serverPid(folder);
  process.kill(pid, 'SIGKILL');
  let rows: unknown;
  for (let look = 0; look < 400 && rows === undefined; look++) {
    rows = await query(server, 'select n from kept').catch(() => undefined);
    if (rows === undefined) await clock.sleep(50);
  }
  expect(rows).toEqual([{ n: 8 }]);
  expect(serverPid(folder)).not.toBe(pid);
});
