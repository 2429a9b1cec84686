/** Kazakhstan's clocks went from UTC+6 to UTC+5 at midnight before 2024-03-01. */
const ONE_ZONE_SINCE_MS = Date.UTC(2024, 1, 29, 18);
const HOUR_MS = 3_600_000;

export const KASPI_DATE_FORMS = ['hours_offset', 'unpadded_day', 'seven_digits'] as const;
export type KaspiDateForm = (typeof KASPI_DATE_FORMS)[number];

/** The spellings by turns, so that a reader of one alone is found out. */
export function dateForm(turn: number): KaspiDateForm {
  return KASPI_DATE_FORMS[turn % KASPI_DATE_FORMS.length] ?? 'hours_offset';
}

/**
 * A moment in one of the spellings that the document shows: `2020-01-16T10:30:00+06`, `2021-11-3T11:55:14.166+06:00`,
 * `2021-12-08T11:35:48.1566667` (wall-clock time without a zone) [QR 3.9 §3.5, §4.3.1, §4.4].
 */
export function formatKaspiDate(atMs: number, form: KaspiDateForm): string {
  const hours = atMs < ONE_ZONE_SINCE_MS ? 6 : 5;
  const local = new Date(atMs + hours * HOUR_MS).toISOString();
  const [day = '', time = ''] = local.slice(0, -1).split('T');
  switch (form) {
    case 'hours_offset':
      return `${day}T${time.slice(0, 8)}+0${hours}`;
    case 'unpadded_day':
      return `${day.slice(0, 8)}${Number(day.slice(8))}T${time}+0${hours}:00`;
    case 'seven_digits':
      return `${day}T${time}6667`;
  }
}
