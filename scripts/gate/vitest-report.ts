import { existsSync, readFileSync } from 'node:fs';
import { findProgram } from '../../test/support/needs.ts';
import type { Counts } from './summary.ts';

/** What the gate needs of the report of vitest's JSON reporter. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

export interface TestReport {
  readonly counts: Counts;
  readonly skippedNames: readonly string[];
}

/** Reads the report file; without one, and after an exit code that no failed test explains, there is one failure. */
export function readReport(file: string, exitedWithZero: boolean): TestReport {
  if (!existsSync(file)) return { counts: { passed: 0, failed: 1, skipped: 0 }, skippedNames: [] };
  return countReport(JSON.parse(readFileSync(file, 'utf8')) as VitestReport, exitedWithZero);
}

/** A file that failed outside its tests (import, setup) counts as one failed test. */
export function countReport(report: VitestReport, exitedWithZero: boolean): TestReport {
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  );
  const skippedNames = report.testResults
    .filter((file) => !brokenFiles.includes(file))
    .flatMap((file) => file.assertionResults)
    .filter((test) => test.status !== 'passed' && test.status !== 'failed')
    .map((test) => test.fullName.trim());
  const failed = report.numFailedTests + brokenFiles.length;
  return {
    counts: {
      passed: report.numPassedTests,
      failed: failed === 0 && !exitedWithZero ? 1 : failed,
      skipped: skippedNames.length,
    },
    skippedNames,
  };
}

/** One line for each Debian package whose absence makes tests skip themselves. */
export function missingPrograms(): string[] {
  return ['chromium', 'mosquitto', 'socat']
    .filter((program) => findProgram(program) === undefined)
    .map((program) => `${program} is not installed: apt-get install ${program}`);
}
