import { createIds, createSeededRandom, createSilentLog, createVirtualClock } from '@tolem/base';
import { expect, test } from 'vitest';
import { EdgeError } from '../edge-error.ts';
import { persist, unlessDiskFull } from './persist.ts';

const clock = createVirtualClock();
const random = createSeededRandom(1);
const context = { clock, random, ids: createIds(clock, random), log: createSilentLog() };
const full = () => new EdgeError('disk_full', 'the disk is full');

test('what has happened is written as soon as the disk takes it', async () => {
  let attempts = 0;
  const written = persist(context, 'p', () => {
    attempts += 1;
    if (attempts < 4) throw full();
    return 'written';
  });
  await clock.advance(3_500);
  expect(await written).toBe('written');
});

test('another fault is not waited out', async () => {
  const broken = () => {
    throw new EdgeError('journal_closed', 'closed');
  };
  await expect(persist(context, 'p', broken)).rejects.toMatchObject({ code: 'journal_closed' });
  expect(() => unlessDiskFull(context, 'p', broken)).toThrow('closed');
});

test('what can be done again later is left', () => {
  expect(() =>
    unlessDiskFull(context, 'p', () => {
      throw full();
    }),
  ).not.toThrow();
});
