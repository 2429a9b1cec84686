/** `npm run bench`: measures every subject, each in a process of its own, and prints what came out. Nothing is asserted. */
import { fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Figure } from './figure.ts';
import { isSubject, SUBJECTS, type Subject } from './subjects.ts';

const HELP = `npm run bench                        measures everything (about five minutes) and prints a table
npm run bench -- --only polling,agent  some of it: ${Object.keys(SUBJECTS).join(', ')}
npm run bench -- --json FILE         writes the figures as JSON as well
npm run bench -- --cpu-prof DIR      keeps a CPU profile of each subject's process
`;

interface Outcome {
  subject: Subject;
  tookS: number;
  figures: Figure[];
  fault?: string;
}

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    json: { type: 'string' },
    'cpu-prof': { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const load = loadNow();
/** The run as a whole; on a busy machine the last subjects get what is left. */
const WHOLE_RUN_MS = 480_000;
/** For the servers of a measurement that is given up. */
const CLOSING_MS = 15_000;
const begunMs = performance.now();
if (values.help) process.stdout.write(HELP);
else process.exitCode = await runAll();

async function runAll(): Promise<number> {
  const wanted = values.only?.split(',') ?? Object.keys(SUBJECTS);
  const unknown = wanted.filter((name) => !isSubject(name));
  if (unknown.length > 0) {
    process.stderr.write(`no such subject: ${unknown.join(', ')}\n${HELP}`);
    return 2;
  }
  const outcomes: Outcome[] = [];
  for (const subject of wanted.filter(isSubject)) {
    const outcome = await runOne(subject);
    outcomes.push(outcome);
    process.stdout.write(table(outcome));
    if (outcome.fault === 'interrupted') break;
  }
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, loadBefore: load, node: process.version };
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify({ machine, outcomes }, undefined, 2)}\n`);
  }
  const tookS = Math.round((performance.now() - begunMs) / 1000);
  process.stdout.write(
    `\n${verdicts(outcomes)}\n${tookS} s; ${machine.cpus} CPUs, load ${load} when it began, ${loadNow()} at the end; Node ${machine.node}\n`,
  );
  return outcomes.some((one) => one.fault !== undefined) ? 1 : 0;
}

async function runOne(subject: Subject): Promise<Outcome> {
  const startedMs = performance.now();
  const leftMs = WHOLE_RUN_MS - (performance.now() - begunMs);
  const limitMs = Math.max(1, Math.min(SUBJECTS[subject].limitMs, leftMs));
  const child = fork(join(import.meta.dirname, 'run-figure.ts'), [subject], { execArgv: profiling(subject) });
  const figures: Figure[] = [];
  child.on('message', (message) => void figures.push(...(message as Figure[])));
  let fault: string | undefined;
  let last: NodeJS.Timeout | undefined;
  const limit = setTimeout(() => {
    fault = `not done within ${Math.round(limitMs / 1000)} s; the machine is busy, or something hangs`;
    child.kill('SIGTERM');
    last = setTimeout(() => child.kill('SIGKILL'), CLOSING_MS);
  }, limitMs);
  const interrupt = () => {
    fault = 'interrupted';
    child.kill('SIGTERM');
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const code = await new Promise<number | null>((done) => void child.on('exit', done));
  clearTimeout(limit);
  clearTimeout(last);
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  if (fault === undefined && code !== 0) fault = `ended with ${code}`;
  const tookS = Math.round((performance.now() - startedMs) / 1000);
  return { subject, tookS, figures, ...(fault === undefined ? {} : { fault }) };
}

function profiling(subject: Subject): string[] {
  const quiet = '--disable-warning=ExperimentalWarning';
  const folder = values['cpu-prof'];
  if (folder === undefined) return [quiet];
  mkdirSync(folder, { recursive: true });
  return [quiet, '--cpu-prof', `--cpu-prof-dir=${resolve(folder)}`, `--cpu-prof-name=${subject}.cpuprofile`];
}

function table({ subject, tookS, figures, fault }: Outcome): string {
  const end = fault === undefined ? [] : [`  FAULT: ${fault}`];
  return `\n${SUBJECTS[subject].title}, ${tookS} s\n${[...figures.map(line), ...end].join('\n')}\n`;
}

function line({ name, value, unit, goal = '', met, ratio, beside, note }: Figure): string {
  const verdict = met === undefined ? '' : met ? 'met' : 'MISSED';
  const compared = ratio === undefined ? [] : [`${ratio} × ${beside}`];
  const columns = [name.padEnd(50), String(value).padStart(8), unit.padEnd(11), goal.padEnd(8), verdict.padEnd(6)];
  return `  ${columns.join(' ')} ${[...compared, ...(note === undefined ? [] : [note])].join('; ')}`.trimEnd();
}

function verdicts(outcomes: readonly Outcome[]): string {
  const goals = outcomes.flatMap((one) => one.figures).filter((one) => one.met !== undefined);
  const missed = goals.filter((one) => !one.met).map((one) => one.name);
  const names = missed.length === 0 ? '' : `: ${missed.join('; ')}`;
  return `${goals.length - missed.length} of ${goals.length} goals met${names}`;
}

function loadNow(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}
