#!/usr/bin/env node
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { createLog, createSystemContext } from '@tolem/base';
import { runHubCommand } from './cli/hub-command.ts';
import { migrate, openCore } from './main/open-core.ts';

/** Longer than every part's own limit together; after it something hangs. */
const STOP_LIMIT_MS = 60_000;
let isServing = false;

await runHubCommand(
  {
    env: process.env,
    cwd: process.cwd(),
    print: (line) => console.log(line),
    printError: (line) => console.error(line),
    ask,
    createContext: (level) => createSystemContext(createLog({ name: 'tolem-hub', level, destination: process.stderr })),
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

/** The first SIGTERM or SIGINT stops tidily, a second one at once. */
function stopOnSignals(stop: () => Promise<void>): void {
  isServing = true;
  let isStopping = false;
  const onSignal = (): void => {
    if (isStopping) process.exit(1);
    isStopping = true;
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
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
