import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVirtualClock, type VirtualClock } from '@tolem/base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CashierPins, createCashierPins, removeCashierPin, setCashierPin } from './cashier-pins.ts';

let folder: string;
let file: string;
let clock: VirtualClock;
let pins: CashierPins;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tolem-pins-'));
  file = join(folder, 'cashiers.json');
  clock = createVirtualClock();
  pins = createCashierPins(() => file, clock);
  await setCashierPin(file, { name: 'Айгүл', scopes: ['refund'], pin: '0019' });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const guesses = (count: number) => Array.from({ length: count }, (_, at) => String(at).padStart(4, '0'));

describe('a cashier’s PIN', () => {
  it('locks after five wrong guesses, however many come at once', async () => {
    const verdicts = await Promise.all(guesses(20).map((pin) => pins.check('Айгүл', pin)));
    const kinds = verdicts.map((verdict) => verdict.kind);
    expect(kinds).toEqual([...Array(4).fill('wrong'), ...Array(16).fill('locked')]);
  });

  it('given right in time forgets the wrong ones', async () => {
    for (const pin of guesses(4)) await pins.check('Айгүл', pin);
    expect(await pins.check('Айгүл', '0019')).toMatchObject({ kind: 'right', scopes: ['refund'] });
    expect(await pins.check('Айгүл', '0000')).toEqual({ kind: 'wrong', attemptsLeft: 4 });
  });

  it('is not taken while it is locked, and is afterwards', async () => {
    for (const pin of guesses(5)) await pins.check('Айгүл', pin);
    expect(await pins.check('Айгүл', '0019')).toEqual({ kind: 'locked', retryAfterMs: 60_000 });
    await clock.advance(60_000);
    expect((await pins.check('Айгүл', '0019')).kind).toBe('right');
  });

  it('stays locked when the configuration names another file in which it is the same', async () => {
    for (const pin of guesses(5)) await pins.check('Айгүл', pin);
    file = join(folder, 'moved.json');
    await setCashierPin(file, { name: 'Айгүл', scopes: ['refund'], pin: '0019' });
    expect((await pins.check('Айгүл', '0019')).kind).toBe('locked');
  });

  it('that was taken away is taken no more, and leaves the others', async () => {
    await setCashierPin(file, { name: 'Ержан', scopes: ['settle'], pin: '4711' });
    expect(removeCashierPin(file, 'Айгүл')).toBe(true);
    expect(removeCashierPin(file, 'Айгүл')).toBe(false);
    expect((await pins.check('Айгүл', '0019')).kind).toBe('wrong');
    expect(pins.names()).toEqual(['Ержан']);
  });

  it('of nobody is wrong', async () => {
    expect((await pins.check('Ержан', '0019')).kind).toBe('wrong');
  });
});
