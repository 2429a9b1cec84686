import type { Fence } from '../store/store.ts';
import type { InstanceLease } from './instance-lease.ts';

/** Whether this instance, under its present generation, owns the row. */
export function isOwn(world: { lease: InstanceLease }, row: { owner?: Fence }): boolean {
  if (!world.lease.isHeld()) return false;
  const { instance, generation } = world.lease.fence();
  return row.owner?.instance === instance && row.owner.generation === generation;
}
