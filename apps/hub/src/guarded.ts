import type { MoneyMoved } from '@tolem/base';
import { isHubError } from './hub-error.ts';
import { problem } from './problem-catalogue.ts';

/**
 * Runs a service's method and turns the store's and the lease's failures into the problem that a door answers with.
 * `money` is what the caller must assume when the outcome of a commit is unknown.
 */
export async function guarded<Result>(run: () => Promise<Result>, money: MoneyMoved = 'none'): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (!isHubError(error, 'store_unavailable', 'lease_lost')) throw error;
    throw problem('hub_unavailable', 'the hub cannot reach its database or is changing hands', { money }, error);
  }
}
