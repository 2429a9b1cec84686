/** One line of the table: what was measured, beside what, and what the goal is. A goal is printed, never asserted. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** In words, such as `≤ 2`. */
  goal?: string;
  note?: string;
}

/** Takes figures as they come: what is measured already is not lost with what takes too long. */
export type Report = (figures: Figure[]) => void;

export function figure(name: string, value: number, unit: string, more: { goal?: string; note?: string } = {}): Figure {
  return { name, value: Number(value.toPrecision(3)), unit, ...more };
}

/** The value below which this share of the numbers lies; 0 of none. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** CPU of this process so far, its own and the kernel's on its behalf, in microseconds. */
export function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
