import { describe, expect, it } from 'vitest';
import { formatKaspiDate } from './kaspi-dates.ts';

describe('a date of the bank', () => {
  it.each([
    [Date.UTC(2020, 0, 16, 4, 30), 'hours_offset', '2020-01-16T10:30:00+06'],
    [Date.UTC(2021, 10, 3, 5, 55, 14, 166), 'unpadded_day', '2021-11-3T11:55:14.166+06:00'],
    [Date.UTC(2021, 11, 8, 5, 35, 48, 156), 'seven_digits', '2021-12-08T11:35:48.1566667'],
    [Date.UTC(2024, 1, 29, 17, 59, 59), 'hours_offset', '2024-02-29T23:59:59+06'],
    [Date.UTC(2024, 1, 29, 19), 'hours_offset', '2024-03-01T00:00:00+05'],
  ] as const)('%d is written as %s: %s', (atMs, form, text) => {
    expect(formatKaspiDate(atMs, form)).toBe(text);
  });
});
