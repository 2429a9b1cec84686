export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function addCounts(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** Where every program is installed, a skipped test has failed. */
export function allowNoSkip(counts: Counts): Counts {
  return { passed: counts.passed, failed: counts.failed + counts.skipped, skipped: 0 };
}

/** The gate's last line, a contract with whatever reads it. */
export function summaryLine({ passed, failed, skipped }: Counts): string {
  const line = `${passed} passed, ${failed} failed`;
  return skipped === 0 ? line : `${line}, ${skipped} skipped`;
}
