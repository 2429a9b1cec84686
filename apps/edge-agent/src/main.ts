#!/usr/bin/env node
import { createInterface } from 'node:readline/promises';
import { runAgentCommand } from './cli/agent-command.ts';

const SAME_WISH_MS = 2_000;

runAgentCommand(
  {
    env: process.env,
    print: (line) => console.log(line),
    printError: (line) => console.error(line),
    readLine: async (question) => {
      const terminal = createInterface({ input: process.stdin, output: process.stderr });
      const answer = await terminal.question(question);
      terminal.close();
      return answer.trim();
    },
    onStop: stopOnSignals,
    onReload: (reload) => void process.on('SIGHUP', reload),
    abort: () => process.exit(70),
    setExitCode: (code) => {
      process.exitCode = code;
    },
  },
  process.argv.slice(2),
).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});

/**
 * The first SIGTERM or SIGINT stops tidily, a later one at once. Ctrl-C reaches a whole group of processes, and a starter
 * among them passes it on: two signals of one moment are one wish.
 */
function stopOnSignals(stop: () => Promise<void>): void {
  let isStopping = false;
  let stoppingSinceMs = 0;
  const onSignal = (): void => {
    if (isStopping && performance.now() - stoppingSinceMs < SAME_WISH_MS) return;
    if (isStopping) process.exit(1);
    isStopping = true;
    stoppingSinceMs = performance.now();
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
