/**
 * Follows the fixed headers of an MQTT byte stream [MQTT 3.1.1 §2.2] and tells when a packet announces more than the
 * limit, before its bytes are collected: the broker's own parser would hold up to 256 MB for one packet.
 */
export interface PacketSizeGuard {
  /** False once a packet is too large or its length is malformed; the connection must then be cut. */
  accepts(chunk: Uint8Array): boolean;
}

/** [MQTT 3.1.1 §2.2.3] The remaining length has at most four bytes. */
const LENGTH_BYTES_MAX = 4;

export function createPacketSizeGuard(maxPacketBytes: number): PacketSizeGuard {
  let state: 'type' | 'length' | 'body' = 'type';
  let remaining = 0;
  let lengthBytes = 0;
  let isBroken = false;

  const readLengthByte = (byte: number): void => {
    remaining += (byte & 0x7f) * 128 ** lengthBytes;
    lengthBytes += 1;
    if (remaining > maxPacketBytes || (lengthBytes === LENGTH_BYTES_MAX && byte >= 0x80)) isBroken = true;
    else if (byte < 0x80) state = remaining === 0 ? 'type' : 'body';
  };
  return {
    accepts(chunk) {
      for (let at = 0; at < chunk.length && !isBroken; ) {
        if (state === 'body') {
          const taken = Math.min(remaining, chunk.length - at);
          remaining -= taken;
          at += taken;
          if (remaining === 0) state = 'type';
        } else if (state === 'type') {
          [state, remaining, lengthBytes] = ['length', 0, 0];
          at += 1;
        } else {
          readLengthByte(chunk[at] ?? 0);
          at += 1;
        }
      }
      return !isBroken;
    },
  };
}
