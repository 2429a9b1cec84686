import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createDice } from './dice.ts';
import { DOORS } from './doors.ts';
import { type Door, type OpenDoor, storm } from './storm.ts';

it('every door is in the gate', () => {
  const missing = DOORS.filter(({ name }) => !existsSync(join(import.meta.dirname, `${name}.test.ts`)));
  expect(missing.map(({ name }) => name)).toEqual([]);
});

/** A door that breaks at one message: what a storm must find and say. */
const fragile = (fault: (number: number) => string | undefined): Door => ({
  name: 'fragile',
  title: '',
  open: async () =>
    ({
      lanes: 3,
      make: (dice) => dice.below(1_000),
      send: async (number: number) => ({ outcome: 'told', fault: fault(number) }),
      show: String,
      aftermath: async () => [],
      async close() {},
    }) satisfies OpenDoor<number> as OpenDoor<unknown>,
});

it('a fault is found, and its number and seed make the same message again', async () => {
  const found = await storm(
    fragile((number) => (number === 7 ? 'broken' : undefined)),
    { seed: 5, messages: 5_000 },
  );
  const [first] = found.faults;
  expect(first).toMatchObject({ what: 'broken', message: '7' });
  const again = await storm(
    fragile((number) => `got ${number}`),
    { seed: 5, messages: 1, only: first?.index ?? 0 },
  );
  expect(again).toMatchObject({ sent: 1, faults: [{ what: 'got 7' }] });
});

it('dice are the same for the same seed and number, and differ from all others', () => {
  const throws = (seed: number, index: number) => createDice(seed, index).bytes(16).toString('hex');
  expect(throws(1, 2)).toBe(throws(1, 2));
  const many = new Set(Array.from({ length: 2_000 }, (_, index) => throws(1, index)));
  for (let seed = 2; seed < 50; seed++) many.add(throws(seed, 0));
  expect(many.size).toBe(2_048);
});
