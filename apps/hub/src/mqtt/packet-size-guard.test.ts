import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createPacketSizeGuard } from './packet-size-guard.ts';

/** A packet with a body of so many bytes [MQTT 3.1.1 §2.2.3]. */
function packet(bodyBytes: number): Uint8Array {
  const length: number[] = [];
  for (let left = bodyBytes; ; ) {
    const digit = left % 128;
    left = Math.floor(left / 128);
    length.push(left > 0 ? digit + 128 : digit);
    if (left === 0) break;
  }
  return Buffer.concat([Uint8Array.of(0x30, ...length), new Uint8Array(bodyBytes)]);
}

function acceptsAll(maxBytes: number, chunks: Uint8Array[]): boolean {
  const guard = createPacketSizeGuard(maxBytes);
  return chunks.every((chunk) => guard.accepts(chunk));
}

it.each([0, 1, 127, 128, 1_000])(
  'lets a packet of exactly %i bytes pass at that limit, and none that is larger',
  (bytes) => {
    expect(acceptsAll(bytes, [packet(bytes)])).toBe(true);
    expect(acceptsAll(bytes, [packet(bytes + 1)])).toBe(false);
  },
);

it('refuses a packet by its announced length, before its body has come', () => {
  expect(acceptsAll(1_000, [packet(200_000).subarray(0, 4)])).toBe(false);
});

it('refuses a length of more than four bytes', () => {
  expect(acceptsAll(Number.MAX_SAFE_INTEGER, [Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80, 0x01)])).toBe(false);
});

it('stays closed after a packet that was too large', () => {
  const guard = createPacketSizeGuard(10);
  expect(guard.accepts(packet(11))).toBe(false);
  expect(guard.accepts(packet(1))).toBe(false);
});

it('judges a stream of packets the same however it is cut into chunks', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 0, max: 300 }),
      (sizes, cuts, limit) => {
        const stream = Buffer.concat(sizes.map(packet));
        const chunks: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const next = at + (cuts[turn % cuts.length] ?? 1);
          chunks.push(stream.subarray(at, next));
          at = next;
        }
        expect(acceptsAll(limit, chunks)).toBe(sizes.every((size) => size <= limit));
      },
    ),
  );
});
