import { expect, it } from 'vitest';
import { differingKeys } from './differing-keys.ts';

it('names every key that differs, by its path', () => {
  const before = { a: 1, b: { c: [1, 2], d: 'x' }, e: { f: 1 } };
  expect(differingKeys(before, structuredClone(before))).toEqual([]);
  expect(differingKeys(before, { a: 2, b: { c: [2, 1], d: 'x' }, g: 1 })).toEqual(['a', 'b.c', 'e', 'g']);
});
