#!/usr/bin/env node
import { createSimCommand } from './cli/sim-command.ts';

await createSimCommand({
  env: process.env,
  print: (line) => console.log(line),
  printError: (line) => console.error(line),
  onStop: stopOnSignals,
  fail: () => {
    process.exitCode = 1;
  },
}).parseAsync();

/** The first SIGTERM or SIGINT stops tidily, a second one at once. */
function stopOnSignals(stop: () => Promise<void>): void {
  let isStopping = false;
  const onSignal = (): void => {
    if (isStopping) process.exit(1);
    isStopping = true;
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
