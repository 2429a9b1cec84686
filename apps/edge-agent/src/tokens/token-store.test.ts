import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Context,
  createIds,
  createSeededRandom,
  createSilentLog,
  createVirtualClock,
  type VirtualClock,
} from '@tolem/base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addToken, openTokenStore, readTokens, removeToken } from './token-store.ts';

let folder: string;
let clock: VirtualClock;
let context: Context;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tolem-tokens-'));
  clock = createVirtualClock();
  const random = createSeededRandom(3);
  context = { clock, random, ids: createIds(clock, random), log: createSilentLog() };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('tokens of the local API', () => {
  it('has a local token of scope pay that its group may read, and keeps it', () => {
    const store = openTokenStore(folder, context);
    const token = readFileSync(store.localTokenFile, 'utf8').trim();
    expect(statSync(store.localTokenFile).mode & 0o777).toBe(0o640);
    expect(token).toMatch(/^tolem_[\w-]{43}$/);
    expect(store.find(token)).toMatchObject({ tokenId: 'local', scopes: new Set(['pay']) });
    openTokenStore(folder, context);
    expect(readFileSync(store.localTokenFile, 'utf8').trim()).toBe(token);
  });

  it('takes an added token at once, and drops a removed one within a second', async () => {
    const store = openTokenStore(folder, context);
    const token = addToken(folder, { name: '1C', scopes: ['pay', 'refund'] }, context);
    expect(store.find(token)).toMatchObject({ name: '1C', scopes: new Set(['pay', 'refund']), via: 'token' });
    expect(removeToken(folder, '1C')).toBe(true);
    await clock.advance(1000);
    expect(store.find(token)).toBeUndefined();
    expect(removeToken(folder, '1C')).toBe(false);
  });

  it('stores only hashes, for its owner alone', () => {
    const token = addToken(folder, { name: 'x', scopes: ['settle'] }, context);
    const path = join(folder, 'tokens.json');
    expect(readFileSync(path, 'utf8')).not.toContain(token);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('gives each name once', () => {
    addToken(folder, { name: 'x', scopes: ['pay'] }, context);
    expect(() => addToken(folder, { name: 'x', scopes: ['pay'] }, context)).toThrow(/already/);
    expect(readTokens(folder)).toHaveLength(1);
  });

  it('keeps the tokens it knew when the file is damaged while it runs', async () => {
    const token = addToken(folder, { name: 'x', scopes: ['pay'] }, context);
    const store = openTokenStore(folder, context);
    writeFileSync(join(folder, 'tokens.json'), '{"v":');
    await clock.advance(5000);
    expect(store.find(token)?.name).toBe('x');
    expect(() => readTokens(folder)).toThrow(/not JSON/);
  });
});
