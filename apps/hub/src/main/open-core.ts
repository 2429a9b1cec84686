import { createFakeHubCore } from '../fake-hub-core.ts';
import type { OpenCore } from './start-hub.ts';

export const openCore: OpenCore = async ({ context }) => {
  const core = createFakeHubCore(() => context.clock.nowMs());
  return { core, close: async () => {} };
};

export async function migrate(): Promise<string[]> {
  return [];
}
