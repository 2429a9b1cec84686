import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { createSystemClock } from '@tolem/base';

const clock = createSystemClock();
export const ROOT = join(import.meta.dirname, '../..');
/** Programs start from their sources again and again: what Node has compiled once is kept, for half the start. */
const COMPILED = { NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/node') };
/** A bundle keeps its compiled code itself. */
const compiled = (entry: string): Record<string, string> => (entry.endsWith('.ts') ? COMPILED : {});

/** How long a program may take to say that it is ready, and to stop when asked; a busy machine needs some slack. */
const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;
/** How much of what a program said before it ended is repeated. */
const SAYINGS_MAX = 12;

export interface ProgramOptions {
  name: string;
  /** The file to run, relative to the repository or absolute. */
  entry: string;
  args: string[];
  /** Where stdout and stderr are kept. */
  logFile: string;
  env?: Record<string, string>;
  /** Out of reach of a terminal's Ctrl-C: whoever started it stops it, in its turn. */
  ownGroup?: boolean;
}

/** A real process of ours that reported itself ready by a JSON line. */
export interface Program<Ready> {
  readonly name: string;
  readonly ready: Ready;
  readonly pid: number;
  readonly logFile: string;
  isRunning(): boolean;
  /** SIGTERM, and the exit code; throws when the program does not stop by itself. */
  stop(): Promise<number>;
  /** SIGKILL: the plug is pulled. */
  kill(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
}

export async function startProgram<Ready>(options: ProgramOptions): Promise<Program<Ready>> {
  const log = createWriteStream(options.logFile, { flags: 'a' });
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', resolve(ROOT, options.entry), ...options.args],
    {
      cwd: ROOT,
      env: { ...process.env, ...compiled(options.entry), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: options.ownGroup ?? false,
    },
  );
  child.stderr.pipe(log, { end: false });
  const exited = once(child, 'exit');
  const ready = await readReadyLine<Ready>(child, options, log);
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    name: options.name,
    ready,
    pid: child.pid ?? 0,
    logFile: options.logFile,
    isRunning,
    signal: (signal) => void child.kill(signal),
    async stop() {
      if (isRunning()) {
        child.kill('SIGTERM');
        await within(STOP_LIMIT_MS, exited, () => `${options.name} did not stop on SIGTERM; see ${options.logFile}`);
      }
      return child.exitCode ?? 128;
    },
    async kill() {
      if (!isRunning()) return;
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function readReadyLine<Ready>(
  child: ChildProcess,
  options: ProgramOptions,
  log: NodeJS.WritableStream,
): Promise<Ready> {
  if (!child.stdout) throw new Error(`${options.name} has no output`);
  const lines = createInterface({ input: child.stdout });
  const before = sizeOf(options.logFile);
  const found = new Promise<Ready>((resolve, reject) => {
    lines.on('line', (line) => {
      log.write(`${line}\n`);
      if (line.startsWith('{"ready":true')) resolve(JSON.parse(line) as Ready);
    });
    child.once('exit', (code, signal) => {
      const said = sayings(options.logFile, before);
      reject(new Error(`${options.name} ended (${code ?? signal}) before it was ready:\n${said}`));
    });
    child.once('error', reject);
  });
  try {
    return await within(READY_LIMIT_MS, found, () => `${options.name} was not ready in time; see ${options.logFile}`);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** What a program has said to people since the log was so long; all of its last lines where it said nothing of the kind. */
function sayings(logFile: string, from: number): string {
  const lines = readFileSync(logFile).subarray(from).toString('utf8').trim().split('\n');
  const sentences = lines.filter((line) => !line.startsWith('{"'));
  return (sentences.length > 0 ? sentences : lines).slice(-SAYINGS_MAX).join('\n');
}

function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}

/** Runs one of our command lines to its end, with `input` on its standard input. */
export async function runCommand(
  entry: string,
  args: string[],
  input = '',
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', resolve(ROOT, entry), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...compiled(entry) },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(input);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const [code] = (await within(
    READY_LIMIT_MS,
    once(child, 'close'),
    () => `${entry} ${args.join(' ')} did not end`,
  )) as [number | null];
  return { code: code ?? 128, stdout, stderr };
}

/** A bound on waiting for what happens outside; the message says what did not happen. */
export async function within<T>(limitMs: number, wanted: Promise<T>, message: () => string): Promise<T> {
  const bound = new AbortController();
  const late = clock.sleep(limitMs, bound.signal).then(
    () => {
      throw new Error(message());
    },
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([wanted, late]);
  } finally {
    bound.abort();
  }
}

/** How often something outside is looked at again while waiting for it. */
const LOOK_EVERY_MS = 40;

/** Looks until `look` gives something, at most `limitMs`. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  limitMs = 20_000,
): Promise<T> {
  const until = clock.monoMs() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (clock.monoMs() > until) throw new Error(`did not happen within ${limitMs} ms: ${what}`);
    await clock.sleep(LOOK_EVERY_MS);
  }
}
