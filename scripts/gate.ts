/**
 * The gate: format, lint, tidy, generated code, types, tests. Every step runs even after a failed one, so that one run
 * shows everything. The last line is `N passed, N failed` (`, N skipped` when there were any): the tests' numbers,
 * plus one failure for each step before them that failed.
 */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runStep, type Step } from './gate/step.ts';
import { addCounts, allowNoSkip, type Counts, summaryLine } from './gate/summary.ts';
import { missingPrograms, readReport } from './gate/vitest-report.ts';

const checks: Step[] = [
  { name: 'format, lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'tidy', command: ['node', 'scripts/tidy.ts'] },
  { name: 'generated code', command: ['node', 'scripts/codegen.ts', '--check'] },
  {
    name: 'types',
    command: ['turbo', 'run', 'types', '--concurrency=2', '--continue', '--ui=stream', '--output-logs=errors-only'],
  },
];

const say = (text: string) => process.stdout.write(`${text}\n`);

let counts: Counts = { passed: 0, failed: 0, skipped: 0 };
for (const step of checks) {
  if (!(await runStep(step, say))) counts = addCounts(counts, { passed: 0, failed: 1, skipped: 0 });
}
if (!process.argv.includes('--no-tests')) counts = addCounts(counts, await runTests());
if (process.env.TOLEM_NO_SKIP === '1') counts = allowNoSkip(counts);
say(summaryLine(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;

async function runTests(): Promise<Counts> {
  const file = join(tmpdir(), `tolem-tests-${process.pid}.json`);
  const command = ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const isGood = await runStep({ name: 'tests', command, isLoud: true }, say);
  const report = readReport(file, isGood);
  rmSync(file, { force: true });
  for (const name of report.skippedNames) say(`  skipped: ${name}`);
  if (report.counts.skipped > 0) for (const line of missingPrograms()) say(`  ${line}`);
  return report.counts;
}
