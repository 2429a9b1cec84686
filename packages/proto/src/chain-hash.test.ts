import { expect, test } from 'vitest';
import { type ChainedRow, chainHash, chainStart } from './chain-hash.ts';

const row: ChainedRow = {
  seq: 1,
  eventId: '0190a6b2-0000-7000-8000-000000000001',
  kind: 'payment',
  payload: Buffer.from('{"a":1}'),
  atMs: 1_790_000_000_000,
  monoMs: 12.5,
  boot: 'boot-1',
};

test('the chain depends on the epoch, on the row before and on every member of the row', () => {
  const start = chainStart('epoch-1');
  const hash = chainHash(start, row);
  const others: ChainedRow[] = [
    { ...row, seq: 2 },
    { ...row, eventId: 'x' },
    { ...row, kind: 'refund' },
    { ...row, payload: Buffer.from('{"a":2}') },
    { ...row, atMs: row.atMs + 1 },
    { ...row, monoMs: 13 },
    { ...row, boot: 'boot-2' },
  ];
  const hashes = [
    chainHash(chainStart('epoch-2'), row),
    chainHash(hash, row),
    ...others.map((other) => chainHash(start, other)),
  ].map((bytes) => Buffer.from(bytes).toString('hex'));
  expect(new Set([...hashes, Buffer.from(hash).toString('hex')]).size).toBe(hashes.length + 1);
});

test('moving a character from one member to the next changes the hash', () => {
  const start = chainStart('epoch-1');
  expect(chainHash(start, { ...row, kind: 'ab', boot: 'c' })).not.toEqual(
    chainHash(start, { ...row, kind: 'a', boot: 'bc' }),
  );
});
