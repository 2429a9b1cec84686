/** Members of a receipt that are long numbers by nature and are needed to find the payment again. */
const REFERENCES: ReadonlySet<string> = new Set(['rrn', 'orderNumber', 'transactionId', 'terminalId', 'icc']);
const CANDIDATE = /\d(?:[ -]?\d){12,18}/g;

/** A receipt in which every card number (13–19 digits that pass the Luhn check) is masked: whole ones are never stored. */
export function maskCards(receipt: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(receipt).map(([key, text]) => [key, REFERENCES.has(key) ? text : text.replace(CANDIDATE, masked)]),
  );
}

function masked(found: string): string {
  const digits = found.replace(/\D/g, '');
  if (!passesLuhn(digits)) return found;
  return `${digits.slice(0, 6)}${'*'.repeat(digits.length - 10)}${digits.slice(-4)}`;
}

function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const value = Number(digit) * (at % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
