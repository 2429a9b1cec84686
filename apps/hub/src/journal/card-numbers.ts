/** Members that hold ids or hashes: long numbers by nature, and needed to find a payment again. */
const EXEMPT_MEMBERS: ReadonlySet<string> = new Set([
  'paymentId',
  'refundId',
  'caseId',
  'eventId',
  'orderId',
  'deviceId',
  'terminalId',
  'bankPaymentId',
  'bankRefundId',
  'processId',
  'transactionId',
  'rrn',
  'orderNumber',
  'keyHash',
  'bodyHash',
]);
/** A UUID is taken first and kept: its last two groups may look like a card number. */
const CANDIDATE = /(?<!\w)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?!\w)|(?<![\w])\d(?:[ -]?\d){12,18}(?![\w])/gi;
/** One word: a sentence in the place of an id is searched like any other. */
const ID_SHAPE = /^[\w.:/+=-]*$/;
const UUID_SHAPE = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** No record of ours is nested deeper than a few levels. */
const DEPTH_MAX = 64;
const DROPPED = '[card number dropped]';

/**
 * A copy of a JSON value in which every card number (13–19 digits that pass the Luhn check, also with spaces or dashes) is
 * replaced; only masked cards are ever stored. `dropped` counts them. `undefined` for a value nested too deeply to be searched.
 */
export function dropCardNumbers(value: unknown): { value: unknown; dropped: number } | undefined {
  let dropped = 0;
  const clean = (text: string): string =>
    // A NUL character has no place in a database either.
    text.replaceAll('\0', '').replace(CANDIDATE, (found) => {
      if (UUID_SHAPE.test(found) || !passesLuhn(found.replace(/\D/g, ''))) return found;
      dropped++;
      return DROPPED;
    });
  let isTooDeep = false;
  const walk = (member: unknown, name: string, depth: number): unknown => {
    if (depth > DEPTH_MAX) {
      isTooDeep = true;
      return null;
    }

    if (typeof member === 'string')
      return EXEMPT_MEMBERS.has(name) && ID_SHAPE.test(member) ? member.replaceAll('\0', '') : clean(member);
    // Moments in milliseconds have 13 digits.
    if (typeof member === 'number')
      return name.endsWith('Ms') || clean(String(member)) === String(member) ? member : DROPPED;
    if (Array.isArray(member)) return member.map((one: unknown) => walk(one, name, depth + 1));
    if (member === null || typeof member !== 'object') return member;
    return Object.fromEntries(Object.entries(member).map(([key, one]) => [clean(key), walk(one, key, depth + 1)]));
  };
  const cleaned = walk(value, '', 0);
  return isTooDeep ? undefined : { value: cleaned, dropped };
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
