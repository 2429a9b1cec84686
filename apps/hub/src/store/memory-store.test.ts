import { createIds, createSeededRandom, createVirtualClock } from '@tolem/base';
import { expect, test } from 'vitest';
import { samplePayment } from './compliance/sample-rows.ts';
import { createMemoryDatabase } from './memory-store.ts';
import { describeStore } from './store-compliance.ts';

const openDatabase = () => {
  const clock = createVirtualClock();
  return { clock, database: createMemoryDatabase({ clock, ids: createIds(clock, createSeededRandom(1)) }) };
};

describeStore('the in-memory store', async () => {
  const { clock, database } = openDatabase();
  const store = database.connect();
  const other = database.connect();
  return { store, other, passTime: (ms) => clock.advance(ms), close: () => store.close() };
});

test('a process that dies before its commit has stored nothing, one that dies after it everything', async () => {
  const { database } = openDatabase();
  for (const [fate, isStored] of [
    ['crash_before', false],
    ['crash_after', true],
  ] as const) {
    const dying = database.connect({ fateOf: () => fate });
    const insert = dying.transaction((tx) => tx.payments.insert(samplePayment({ paymentId: fate })));
    await expect(insert).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(dying.isCrashed).toBe(true);
    const seen = await database.connect().transaction((tx) => tx.payments.get(fate));
    expect(seen !== undefined).toBe(isStored);
  }
});
