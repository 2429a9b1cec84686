import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSilentLog, createSystemContext } from '@tolem/base';
import { afterEach, expect, test } from 'vitest';
import { type Database, openDatabase } from './open-database.ts';

const context = createSystemContext(createSilentLog());
const folders: string[] = [];
const open: Database[] = [];
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'tolem-db-'));
  folders.push(folder);
  return folder;
};
const openIn = async (dataDir: string) => {
  const database = await openDatabase({ url: 'embedded' }, { dataDir, context });
  open.push(database);
  return database;
};
afterEach(async () => {
  for (const database of open.splice(0)) await database.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

test('the epoch is minted once and outlives a restart', async () => {
  const folder = newFolder();
  const first = await openIn(folder);
  const { hubEpoch } = await first.store.transaction((tx) => tx.meta.get());
  expect(hubEpoch).toMatch(/^[0-9a-f-]{36}$/);
  await first.close();
  const second = await openIn(folder);
  expect(await second.store.transaction((tx) => tx.meta.get())).toEqual({ hubEpoch, recovering: false });
});

test('a second hub on the same data folder is refused and the first goes on', async () => {
  const folder = newFolder();
  const first = await openIn(folder);
  await expect(openIn(folder)).rejects.toMatchObject({ code: 'already_running' });
  expect(await first.store.nowMs()).toBeGreaterThan(1_700_000_000_000);
});
