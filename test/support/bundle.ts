import { join } from 'node:path';
import { runCommand } from './program.ts';

/** Makes the agent's bundle in this folder, and answers what is to be started. */
export async function bundleAgent(folder: string): Promise<string> {
  const { code, stderr } = await runCommand('scripts/bundle.ts', ['--out', folder]);
  if (code !== 0) throw new Error(`the bundle was not made:\n${stderr}`);
  return join(folder, 'tolem-agent.mjs');
}
