/** One line of the table: what was measured, beside what, and what the goal is. A goal is printed, never asserted. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** What was measured beside it in the same run, and how many times it the value is. */
  beside?: string;
  ratio?: number;
  /** Such as `≤ 2`. */
  goal?: string;
  /** Whether it was reached. */
  met?: boolean;
  note?: string;
}

export interface FigureOptions {
  /** Goals. */
  atMost?: number;
  atLeast?: number;
  /** In the same unit. */
  beside?: { value: number; what: string };
  note?: string;
}

/** Takes figures as they come: what is measured already is not lost with what takes too long. */
export type Report = (figures: Figure[]) => void;

export function figure(name: string, value: number, unit: string, options: FigureOptions = {}): Figure {
  const { atMost, atLeast, beside, note } = options;
  const plain: Figure = { name, value: round(value), unit, ...(note === undefined ? {} : { note }) };
  if (beside !== undefined && beside.value > 0) {
    plain.beside = `${beside.what} ${round(beside.value)} ${unit}`;
    plain.ratio = round(value / beside.value);
  }
  if (atMost !== undefined) return { ...plain, goal: `≤ ${atMost.toLocaleString('en')}`, met: value <= atMost };
  if (atLeast !== undefined) return { ...plain, goal: `≥ ${atLeast.toLocaleString('en')}`, met: value >= atLeast };
  return plain;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
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
