import type { Device } from '../device/device.ts';

/** A device with or without the bank's token: without one it is a wish that was committed before the bank was called. */
export interface DeviceRecord extends Omit<Device, 'deviceToken'> {
  deviceToken?: string;
  requestedAtMs: number;
  registeredAtMs?: number;
  /** Why the bank did not register it; a definite refusal is not tried again by itself. */
  refusal?: string;
}

/** Constraints: `(agentId, deviceId)` and `(organizationBin, deviceId)` are unique. */
export interface DeviceRows {
  get(agentId: string, deviceId: string): Promise<DeviceRecord | undefined>;
  holderOf(organizationBin: string, deviceId: string): Promise<DeviceRecord | undefined>;
  listOf(agentId: string): Promise<DeviceRecord[]>;
  /** Registered ones of a trade point, of all agents, those registered last first. */
  atTradePoint(organizationBin: string, tradePointId: string): Promise<DeviceRecord[]>;
  /** Inserts or replaces. */
  put(device: DeviceRecord): Promise<void>;
  /** Forgets a wish; a device with a token stays: what it has taken is refunded with it. */
  removeWish(agentId: string, deviceId: string): Promise<void>;
  /** Without a token and not refused. */
  wishes(limit: number): Promise<DeviceRecord[]>;
}
