import type { Caller } from '../caller.ts';

/** A till or machine registered with Kaspi. */
export interface Device {
  agentId: string;
  deviceId: string;
  organizationBin: string;
  tradePointId: string;
  tradePointName: string;
  /** The bank's handle as a JSON literal. */
  deviceToken: string;
  enabled: boolean;
}

export interface DeviceService {
  listDevices(caller: Caller, agentId: string): Promise<Device[]>;
  listTradePoints(): Promise<
    Array<{ organizationBin: string; organizationName: string; tradePointId: string; name: string }>
  >;
  /**
   * A device that is switched off takes no new payments; what it has taken is refunded as before, and so it is never
   * deleted. A person's to do.
   */
  setEnabled(caller: Caller, request: { agentId: string; deviceId: string; enabled: boolean }): Promise<Device>;
  /** Idempotent: the same arguments give the same device. */
  register(
    caller: Caller,
    request: { agentId: string; deviceId: string; organizationBin: string; tradePointId: string },
  ): Promise<Device>;
}
