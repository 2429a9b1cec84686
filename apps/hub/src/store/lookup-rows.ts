/** How often a device has looked up payers: the bank allows so many a minute, whichever hub asks [QR 3.9 §4.6.1]. */
export interface LookupRows {
  /**
   * Counts one lookup, unless `limit` of them lie within `windowMs` before `nowMs`: then it counts nothing and gives the
   * milliseconds until the oldest of them leaves the window. Two at once wait for each other.
   */
  take(device: string, options: TakeLookup): Promise<number | undefined>;
}

export interface TakeLookup {
  nowMs: number;
  windowMs: number;
  limit: number;
}
