#!/usr/bin/env node
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { createLog, createSystemContext, type Logger } from '@tolem/base';
import { runHubCommand } from './cli/hub-command.ts';
import { migrate, openCore } from './main/open-core.ts';

/** Longer than every part's own limit together; after it something hangs. */
const STOP_LIMIT_MS = 60_000;
/** Ctrl-C reaches a whole group of processes, and a starter among them passes it on: two signals, one wish. */
const SAME_WISH_MS = 2_000;
let isServing = false;
let log: Logger | undefined;

await runHubCommand(
  {
    env: process.env,
    cwd: process.cwd(),
    print: (line) => console.log(line),
    printError: (line) => console.error(line),
    ask,
    createContext: (level) => {
      log = createLog({ name: 'tolem-hub', level, destination: process.stderr });
      return createSystemContext(log);
    },
    openCore,
    migrate,
    onStop: stopOnSignals,
    onReload: (reload) => void process.on('SIGHUP', reload),
    setExitCode: (code) => {
      process.exitCode = code;
    },
  },
  process.argv.slice(2),
);

// A command that is done doesn't wait for timers of what it has closed. Output to files and pipes is written at once on Linux.
if (!isServing) process.exit();

/**
 * The first SIGTERM or SIGINT stops tidily, a later one at once. An error that nobody caught is a bug: it is logged, and
 * the hub stops as tidily with a failure, so that whoever supervises it starts it anew.
 */
function stopOnSignals(stop: () => Promise<void>): void {
  isServing = true;
  let isStopping = false;
  let stoppingSinceMs = 0;
  const end = (code: 0 | 1): void => {
    if (isStopping && performance.now() - stoppingSinceMs < SAME_WISH_MS) return;
    if (isStopping) process.exit(1);
    isStopping = true;
    stoppingSinceMs = performance.now();
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    stop().then(
      () => process.exit(code),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => end(0));
  process.on('SIGINT', () => end(0));
  // Rejections that nobody handles arrive here too.
  process.on('uncaughtException', (error) => {
    log?.error({ error }, 'a bug: an error that nobody caught; the hub stops');
    if (!isStopping) end(1);
  });
}

async function ask(question: string, options = { hidden: false }): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  if (options.hidden) process.stderr.write(question);
  const output = options.hidden ? silent : process.stderr;
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  const answer = await terminal.question(question);
  terminal.close();
  if (options.hidden) process.stderr.write('\n');
  return answer.trim();
}
