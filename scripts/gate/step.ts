import { spawn } from 'node:child_process';

/** One command of the gate. Its output is shown when it fails; a loud step shows it as it comes. */
export interface Step {
  readonly name: string;
  readonly command: readonly string[];
  readonly isLoud?: boolean;
}

/** Runs the step, says how it went and how long it took, and tells whether it exited with 0. */
export async function runStep(step: Step, say: (text: string) => void): Promise<boolean> {
  const startMs = performance.now();
  const { exitCode, output } = await runCommand(step);
  const took = `${((performance.now() - startMs) / 1000).toFixed(1)} s`;
  if (exitCode === 0) {
    say(`✓ ${step.name} (${took})`);
    return true;
  }
  if (output !== '') say(output.trimEnd());
  say(`✗ ${step.name} failed with exit code ${exitCode} (${took})`);
  return false;
}

function runCommand(step: Step): Promise<{ exitCode: number; output: string }> {
  const [program = '', ...args] = step.command;
  const child = spawn(program, args, {
    stdio: ['ignore', step.isLoud ? 'inherit' : 'pipe', step.isLoud ? 'inherit' : 'pipe'],
  });
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) => {
    child.on('error', (cause) => resolve({ exitCode: 127, output: cause.message }));
    child.on('close', (code) => resolve({ exitCode: code ?? 1, output: Buffer.concat(chunks).toString('utf8') }));
  });
}
