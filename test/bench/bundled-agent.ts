import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleAgent } from '../support/bundle.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';
import { closedAtTheEnd } from './closing.ts';

/** The whole product as processes, its agent started from a bundle that lies in a folder of its own. */
export async function withBundledAgent(
  options: WorldOptions,
  measure: (world: World, entry: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tolem-bench-'));
  const remove = closedAtTheEnd(async () => rmSync(folder, { recursive: true, force: true }));
  try {
    const agentEntry = await bundleAgent(folder);
    const log = { level: 'info' };
    const world = await startWorld({
      ...options,
      agentEntry,
      agentConfig: { log, ...options.agentConfig },
      hubConfig: { log, ...options.hubConfig },
    });
    const stop = closedAtTheEnd(() => world.stop());
    try {
      await measure(world, agentEntry);
    } finally {
      await stop();
    }
  } finally {
    await remove();
  }
}
