import { problem } from '../problem-catalogue.ts';
import type { DeviceRecord } from '../store/device-rows.ts';
import type { StoreTransaction } from '../store/store.ts';

export type UsableDevice = DeviceRecord & { deviceToken: string };

/** The agent's device of this id, or its only enabled one; rejects with a `ProblemError` where there is none to use. */
export async function usableDevice(
  tx: StoreTransaction,
  agentId: string,
  deviceId: string | undefined,
  about: { paymentId?: string } = {},
): Promise<UsableDevice> {
  const devices = await tx.devices.listOf(agentId);
  const enabled = devices.filter((one) => one.enabled && one.refusal === undefined);
  const device = deviceId === undefined ? enabled[0] : devices.find((one) => one.deviceId === deviceId);
  if (deviceId === undefined && enabled.length > 1) {
    throw problem('device_required', 'the agent has several devices: name one', about);
  }
  if (!device) throw problem('device_unknown', 'the agent has no such device', about);
  if (!device.enabled) throw problem('device_disabled', 'the device is disabled', about);
  const { deviceToken } = device;
  if (deviceToken === undefined) {
    throw problem('device_not_registered', 'the bank has not registered this device yet', {
      ...about,
      retryAfterS: 15,
    });
  }
  return { ...device, deviceToken };
}
