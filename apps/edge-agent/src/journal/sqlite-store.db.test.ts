import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Context, createIds, createSeededRandom, createSilentLog, createVirtualClock } from '@tolem/base';
import { FACT_SCHEMAS, type FactKind } from '@tolem/proto';
import { afterAll, describe, expect, test } from 'vitest';
import { edgeStoreSuite, paymentOf, refundOf } from './edge-store-suite.ts';
import { openJournal } from './open-journal.ts';
import { prepare } from './schema.ts';
import { createSqliteStore } from './sqlite-store.ts';

function newContext(): Context {
  const clock = createVirtualClock();
  const random = createSeededRandom(7);
  return { clock, random, ids: createIds(clock, random), log: createSilentLog() };
}
const folders: string[] = [];
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'tolem-store-'));
  folders.push(folder);
  return folder;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('on disk', () => {
  edgeStoreSuite(() => openJournal({ folder: newFolder(), context: newContext(), boot: 'boot-1' }));
});

describe('in memory', () => {
  edgeStoreSuite(() => openJournal({ folder: ':memory:', context: newContext(), boot: 'boot-1' }));
});

test('the file is written as the recipe says: WAL, every commit synced, strict tables, keys that cannot be deleted', () => {
  const folder = newFolder();
  openJournal({ folder, context: newContext(), boot: 'boot-1' }).close();
  const database = new DatabaseSync(join(folder, 'journal.db'));
  prepare(database);
  const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  expect(['journal_mode', 'synchronous', 'foreign_keys', 'wal_autocheckpoint'].map(pragma)).toEqual(['wal', 2, 1, 200]);
  const tables = database.prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0").all();
  expect(tables.map((row) => row.name).filter((name) => !String(name).startsWith('sqlite_'))).toEqual([]);
  database.exec("INSERT INTO idempotency_key VALUES ('k', 'b', 'payment', 'i', 1)");
  expect(() => database.exec('DELETE FROM idempotency_key')).toThrow('never deleted');
  database.close();
});

test('every fact is what the hub’s schema expects, the longest texts included', () => {
  const store = openJournal({ folder: ':memory:', context: newContext(), boot: 'boot-1' });
  const long = 'ұ'.repeat(5_000);
  store.transact((writer) => {
    writer.putPayment(
      paymentOf(1, {
        status: 'paid',
        final: true,
        statusReason: long,
        orderId: long,
        receipt: { [long]: long },
        terminal: { terminalId: 'front', processId: long, start: 'answered', subStatus: long },
        resolvedBy: long,
        resolvedReason: long,
      }),
    );
    writer.putRefund(refundOf(1, 100, { reason: long, actor: long, terminal: { terminalId: 'front', start: 'sent' } }));
    writer.putTerminal({ terminalId: 'front', amountChecked: true, blocked: long });
    const detail = { [long]: long };
    writer.putCase({
      caseId: paymentOf(5).paymentId,
      kind: 'watch_over',
      subject: 's',
      open: true,
      detail,
      openedAtMs: 1,
    });
  });
  for (const row of store.log.read(0, { rows: 10, bytes: 1e6 })) {
    const fact: unknown = JSON.parse(Buffer.from(row.payload).toString('utf8'));
    expect(FACT_SCHEMAS[row.kind as FactKind].safeParse(fact)).toMatchObject({ success: true });
  }
});

describe('with a full disk', () => {
  const openFull = (ballastPages: number) => {
    const database = new DatabaseSync(':memory:', { readBigInts: true });
    prepare(database);
    const pages = Number(database.prepare('PRAGMA page_count').get()?.page_count);
    database.exec(`PRAGMA max_page_count = ${pages + 4}`);
    let ballast = ballastPages;
    const room = {
      hasRoom: () => ballast > 0,
      release() {
        if (ballast === 0) return false;
        database.exec(`PRAGMA max_page_count = ${pages + 4 + ballast}`);
        ballast = 0;
        return true;
      },
      restore() {},
    };
    const opening = { found: 'created' as const, wasUnclean: false };
    const hooks = { onClose() {}, onTidy() {} };
    const store = createSqliteStore({ database, context: newContext(), boot: 'boot-1', opening, room, ...hooks });
    store.log.beginEpoch('created', '');
    return store;
  };
  const fill = (store: ReturnType<typeof openFull>): number => {
    for (let number = 1; ; number++) {
      const lastSeq = store.log.position().lastSeq;
      try {
        store.transact((writer) => writer.putPayment(paymentOf(number, { comment: 'x'.repeat(500) })));
      } catch (error) {
        expect(error).toMatchObject({ code: 'disk_full' });
        expect(store.payment(paymentOf(number).paymentId)).toBeUndefined();
        expect(store.log.position().lastSeq).toBe(lastSeq);
        return number - 1;
      }
    }
  };

  test('a write that does not fit writes nothing and says so, and the journal stays whole', () => {
    const store = openFull(0);
    const written = fill(store);
    expect(written).toBeGreaterThan(0);
    expect(store.searchPayments({ limit: 1_000 }).payments).toHaveLength(written);
  });

  test('the ballast makes room for what is under way, once', () => {
    const without = fill(openFull(0));
    const store = openFull(20);
    expect(store.hasRoom()).toBe(true);
    expect(fill(store)).toBeGreaterThan(without);
    expect(store.hasRoom()).toBe(false);
  });
});
