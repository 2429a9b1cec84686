import type { JsonValue } from '../json/lossless-json.ts';

/**
 * Dates of the QR API in every form that the document shows (notes 1.4): `2020-01-16T10:30:00+06`,
 * `2021-11-3T11:55:14.166+06:00`, `2021-12-08T11:35:48.1566667`. Without an offset they are Kazakhstan's wall-clock time.
 */
const DATE =
  /^(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(?:(Z)|([+-])(\d{1,2})(?::?(\d{2}))?)?$/i;
const HOUR_MS = 3_600_000;
/** Kazakhstan's offsets since 2004; the larger comes first, so that the hour repeated on 2024-03-01 is read as UTC+6. */
const ALMATY_OFFSETS_H = [6, 5] as const;

const almaty = new Intl.DateTimeFormat('en-US', {
  timeZone: 'Asia/Almaty',
  timeZoneName: 'longOffset',
  hour: 'numeric',
});

/** Unix milliseconds, or `undefined` where the text is no date of the years 2004–2100: never a reason to fail a payment. */
export function readDate(value: JsonValue | undefined): number | undefined {
  const match = typeof value === 'string' ? DATE.exec(value.trim()) : null;
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const localMs = Date.UTC(year, month - 1, day, hour, minute, second) + milliseconds(match[7]);
  if (year < 2004 || year > 2100 || !isOnCalendar(month, day, hour, minute, second, localMs)) return undefined;
  if (match[8]) return localMs;
  if (match[9]) return localMs - offsetMs(match[9], match[10], match[11]);
  return fromAlmaty(localMs);
}

function milliseconds(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Number(fraction.padEnd(3, '0').slice(0, 3));
}

function isOnCalendar(
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  localMs: number,
): boolean {
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return false;
  // `Date.UTC` carries 31 February into March: the month that comes back must be the one that was written.
  return Number(monthOf.format(localMs)) === month;
}

const monthOf = new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', month: 'numeric' });

function offsetMs(sign: string, hours = '0', minutes = '0'): number {
  const size = Number(hours) * HOUR_MS + Number(minutes) * 60_000;
  return sign === '-' ? -size : size;
}

/** Wall-clock time of Almaty to Unix milliseconds: the offset that tzdata gives at that very moment. */
function fromAlmaty(localMs: number): number {
  for (const hours of ALMATY_OFFSETS_H) {
    const moment = localMs - hours * HOUR_MS;
    if (almatyOffsetH(moment) === hours) return moment;
  }
  return localMs - 5 * HOUR_MS;
}

function almatyOffsetH(moment: number): number {
  const name = almaty.formatToParts(moment).find((part) => part.type === 'timeZoneName')?.value ?? '';
  return Number(/GMT([+-]\d{2})/.exec(name)?.[1] ?? 5);
}
