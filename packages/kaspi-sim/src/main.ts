#!/usr/bin/env node
import { createSimCommand } from './cli/sim-command.ts';

const SAME_WISH_MS = 2_000;

await createSimCommand({
  env: process.env,
  print: (line) => console.log(line),
  printError: (line) => console.error(line),
  onStop: stopOnSignals,
  fail: () => {
    process.exitCode = 1;
  },
}).parseAsync();

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
      () => process.exit(),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
