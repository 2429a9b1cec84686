import { expect, it } from 'vitest';
import { addCounts, allowNoSkip, summaryLine } from './summary.ts';
import { countReport } from './vitest-report.ts';

const test = (status: string, fullName = status) => ({ status, fullName });
const report = (files: readonly { status: string; assertionResults: ReturnType<typeof test>[] }[]) => {
  const tests = files.flatMap((file) => file.assertionResults);
  return {
    numPassedTests: tests.filter(({ status }) => status === 'passed').length,
    numFailedTests: tests.filter(({ status }) => status === 'failed').length,
    testResults: files.map((file, index) => ({ name: `${index}.test.ts`, ...file })),
  };
};

it('says only passed and failed unless something was skipped', () => {
  expect(summaryLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
  expect(summaryLine({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped');
});

it('adds failed steps, and turns skips into failures where none is allowed', () => {
  const counts = addCounts({ passed: 3, failed: 0, skipped: 2 }, { passed: 0, failed: 1, skipped: 0 });
  expect(counts).toEqual({ passed: 3, failed: 1, skipped: 2 });
  expect(allowNoSkip(counts)).toEqual({ passed: 3, failed: 3, skipped: 0 });
});

it('counts passed, failed and skipped tests', () => {
  const files = [
    { status: 'failed', assertionResults: [test('passed'), test('failed'), test('pending', 'page looks good')] },
  ];
  expect(countReport(report(files), false)).toEqual({
    counts: { passed: 1, failed: 1, skipped: 1 },
    skippedNames: ['page looks good'],
  });
});

it('counts a file that failed outside its tests, and an exit code that nothing explains, as one failure', () => {
  const broken = [{ status: 'failed', assertionResults: [test('skipped')] }];
  expect(countReport(report(broken), false).counts).toEqual({ passed: 0, failed: 1, skipped: 0 });
  const good = [{ status: 'passed', assertionResults: [test('passed')] }];
  expect(countReport(report(good), false).counts).toEqual({ passed: 1, failed: 1, skipped: 0 });
});
