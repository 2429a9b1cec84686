import type { Caller } from '../caller.ts';

/** After a restore of the database the hub takes journals and reads statuses, but sends no money [decisions: restore]. */
export interface Recovery {
  state(): Promise<{ recovering: boolean; sinceMs?: number }>;
  /** A person has looked at what was unfinished and lets the hub act again. */
  release(caller: Caller, reason: string): Promise<void>;
}
