import type { Context } from '@tolem/base';
import type { QrApi } from '@tolem/kaspi-core';
import type { HubSettings } from './hub-settings.ts';
import type { HubTime } from './hub-time.ts';
import type { InstanceLease } from './lease/instance-lease.ts';
import type { Meter } from './meter.ts';
import type { Store } from './store/store.ts';

/** What every service of the core is given. */
export interface HubWorld extends Context {
  store: Store;
  bank: QrApi;
  settings: HubSettings;
  time: HubTime;
  lease: InstanceLease;
  meter: Meter;
}
