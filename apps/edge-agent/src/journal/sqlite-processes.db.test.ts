import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createIds, createSeededRandom, createSilentLog, createVirtualClock } from '@tolem/base';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DropInProcess } from '../drop-in/drop-in-process.ts';
import { paymentOf } from './edge-store-suite.ts';
import { openJournal } from './open-journal.ts';
import { prepare, SCHEMA_VERSION, versionOf } from './schema.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tolem-processes-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = () => {
  const clock = createVirtualClock();
  const random = createSeededRandom(1);
  const context = { clock, random, ids: createIds(clock, random), log: createSilentLog() };
  return openJournal({ folder, context, boot: 'boot' });
};
const processOf = (number: number, change: Partial<DropInProcess> = {}): DropInProcess => ({
  processId: String(1_579_237_873_000 + number),
  kind: 'payment',
  address: '127.0.0.1',
  asked: '1500',
  createdAtMs: number,
  keyHash: `key-${number}`,
  ...change,
});

test('a process comes back as it was written, also to the next process of the agent', () => {
  const before = open();
  before.transact((writer) => writer.putProcess(processOf(1)));
  before.transact((writer) => writer.putProcess(processOf(1, { told: { status: 'success' }, transactionId: '77' })));
  before.close();
  const { processes, close } = open();
  expect(processes.get('1579237873001')).toMatchObject({ told: { status: 'success' }, transactionId: '77' });
  expect(processes.ofTransaction('77')?.processId).toBe('1579237873001');
  expect(processes.get('1579237873002')).toBeUndefined();
  close();
});

test('the latest of the same request is found, and the newest id of all', () => {
  const store = open();
  store.transact((writer) => {
    for (const number of [1, 3, 2]) writer.putProcess(processOf(number));
    writer.putProcess(processOf(4, { asked: '1600' }));
    writer.putProcess(processOf(5, { address: '192.168.1.9' }));
    writer.putProcess(processOf(6, { kind: 'refund' }));
  });
  expect(store.processes.last(processOf(0))?.processId).toBe('1579237873003');
  expect(store.processes.last(processOf(0, { asked: '1' }))).toBeUndefined();
  expect(store.processes.newestId()).toBe('1579237873006');
  store.close();
});

test('a payment of which its till has not heard the end is not forgotten', () => {
  const store = open();
  const ended = { status: 'failed' as const, final: true };
  const key = (number: number) => ({
    keyHash: `key-${number}`,
    bodyHash: '',
    kind: 'payment' as const,
    createdAtMs: 1,
  });
  store.transact((writer) => {
    for (const number of [1, 2]) {
      writer.putPayment(paymentOf(number, ended));
      writer.putKey({ ...key(number), id: paymentOf(number).paymentId });
    }
    writer.putProcess(processOf(1, { told: { status: 'fail' } }));
    writer.putProcess(processOf(2));
  });
  while (store.prune(1_000_000) > 0);
  expect(store.payment(paymentOf(1).paymentId)).toBeUndefined();
  expect(store.payment(paymentOf(2).paymentId)).toBeDefined();
  expect(store.processes.get(processOf(1).processId)?.told).toEqual({ status: 'fail' });
  store.close();
});

test('a journal of the version before gets the table and keeps its payments', () => {
  const store = open();
  store.transact((writer) => writer.putPayment(paymentOf(1)));
  store.close();
  const database = new DatabaseSync(join(folder, 'journal.db'));
  database.exec('DROP TABLE drop_in_process; DROP TABLE command; PRAGMA user_version = 1;');
  prepare(database);
  expect(versionOf(database)).toBe(SCHEMA_VERSION);
  database.close();
  const after = open();
  expect(after.payment(paymentOf(1).paymentId)).toBeDefined();
  expect(after.processes.newestId()).toBeUndefined();
  after.close();
});
