import forge from 'node-forge';

/** A megabyte of nested octets is an attack on the stack; a PFX nests about ten deep. */
const DEPTH_MAX = 40;

/**
 * The most rounds of key derivation that a PFX asks for, wherever it says so: in its MAC and in the parameters of every bag. A salt
 * followed by a number is that number [RFC 7292 §4, RFC 8018 §A.2].
 */
export function derivationRounds(structure: forge.asn1.Asn1, depth = 0): number {
  if (depth > DEPTH_MAX) return Number.POSITIVE_INFINITY;
  const { value } = structure;
  if (typeof value === 'string') return depth === 0 ? 0 : roundsInside(structure, depth);
  let most = 0;
  for (const [at, member] of value.entries()) {
    const before = value[at - 1];
    const isCount = member.type === forge.asn1.Type.INTEGER && before?.type === forge.asn1.Type.OCTETSTRING;
    most = Math.max(most, isCount ? countOf(member) : derivationRounds(member, depth + 1));
  }
  return most;
}

/** Octets that hold a structure of their own, as the safes do. */
function roundsInside({ type, value }: forge.asn1.Asn1, depth: number): number {
  const isNested = type === forge.asn1.Type.OCTETSTRING && typeof value === 'string' && value.startsWith('\x30');
  if (!isNested) return 0;
  try {
    return derivationRounds(forge.asn1.fromDer(value), depth + 1);
  } catch {
    return 0;
  }
}

function countOf({ value }: forge.asn1.Asn1): number {
  const bytes = Buffer.from(typeof value === 'string' ? value : '', 'binary');
  return bytes.length <= 6 ? bytes.readUIntBE(0, Math.max(1, bytes.length)) : Number.POSITIVE_INFINITY;
}
