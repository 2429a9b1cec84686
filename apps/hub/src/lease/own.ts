import { HubError } from '../hub-error.ts';
import type { Fence } from '../store/store.ts';
import type { InstanceLease } from './instance-lease.ts';

/**
 * Whether this instance, under its present generation, owns the row. It says nothing about the moment: a lease whose
 * renewal is late may still live in the database, so the row is not anybody else's yet (`assertActing`).
 */
export function isOwn(world: { lease: InstanceLease }, row: { owner?: Fence }): boolean {
  const own = world.lease.generation();
  return own !== undefined && row.owner?.instance === own.instance && row.owner.generation === own.generation;
}

/** Throws `lease_lost` while the lease is not held: look again soon, nothing is decided. */
export function assertActing(world: { lease: InstanceLease }): void {
  if (!world.lease.isHeld()) throw new HubError('lease_lost', 'this instance holds no lease now');
}
