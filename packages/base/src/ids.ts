import type { Clock } from './clock.ts';
import type { Random } from './random.ts';

/** The port for identifiers. */
export interface Ids {
  /** A UUID version 7 (RFC 9562 §5.7): sorts by the moment of its making, never repeats within a source. */
  uuid(): string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

export function createIds(clock: Clock, random: Random): Ids {
  let lastMs = 0;
  let counter = 0;
  return {
    uuid() {
      const nowMs = Math.max(Math.floor(clock.nowMs()), lastMs);
      // A copy: the source may hand out a view into something larger, or keep what it gave.
      const bytes = Uint8Array.from(random.bytes(16));
      // The 12 bits of rand_a count within one millisecond (RFC 9562 §6.2, method 1), so that ids of one source sort.
      counter = nowMs === lastMs ? counter + 1 : ((bytes[6] ?? 0) << 3) & 0x7ff;
      lastMs = counter > 0xfff ? nowMs + 1 : nowMs;
      if (counter > 0xfff) counter = 0;
      const view = new DataView(bytes.buffer);
      view.setUint16(0, Math.floor(lastMs / 2 ** 32));
      view.setUint32(2, lastMs >>> 0);
      view.setUint16(6, 0x7000 | counter);
      view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
      const hex = Buffer.from(bytes).toString('hex');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    },
  };
}
