/** Members that hold ids of the bank or the terminal, or hashes: long numbers by nature, and needed to find a payment again. */
const EXEMPT_MEMBERS: ReadonlySet<string> = new Set([
  'bankPaymentId',
  'processId',
  'transactionId',
  'rrn',
  'orderNumber',
  'keyHash',
  'bodyHash',
]);
const CANDIDATE = /(?<![\w])\d(?:[ -]?\d){12,18}(?![\w])/g;
const DROPPED = '[card number dropped]';

/**
 * A copy of a JSON value in which every card number (13–19 digits that pass the Luhn check, also with spaces or dashes) is
 * replaced; only masked cards are ever stored. `dropped` counts them.
 */
export function dropCardNumbers(value: unknown): { value: unknown; dropped: number } {
  let dropped = 0;
  const clean = (text: string): string =>
    // A NUL character has no place in a database either.
    text.replaceAll('\0', '').replace(CANDIDATE, (found) => {
      if (!passesLuhn(found.replace(/\D/g, ''))) return found;
      dropped++;
      return DROPPED;
    });
  const walk = (member: unknown, name: string): unknown => {
    if (typeof member === 'string') return EXEMPT_MEMBERS.has(name) ? member.replaceAll('\0', '') : clean(member);
    // Moments in milliseconds have 13 digits.
    if (typeof member === 'number')
      return name.endsWith('Ms') || clean(String(member)) === String(member) ? member : DROPPED;
    if (Array.isArray(member)) return member.map((one: unknown) => walk(one, name));
    if (member === null || typeof member !== 'object') return member;
    return Object.fromEntries(Object.entries(member).map(([key, one]) => [clean(key), walk(one, key)]));
  };
  return { value: walk(value, ''), dropped };
}

export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at]);
    const doubled = at % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
