import type { HubSession } from '../hub/hub-session.ts';
import { refusal } from './problems.ts';

/** The Kaspi device that was named, or the only one. Throws `device_required`, `device_unknown`. */
export function chooseDevice(session: HubSession, named: string | undefined): string {
  const devices = (session.welcome()?.devices ?? []).filter((device) => device.enabled);
  const only = devices.length === 1 ? devices[0] : undefined;
  const deviceId = named ?? only?.deviceId;
  if (deviceId !== undefined && devices.some((device) => device.deviceId === deviceId)) return deviceId;
  throw refusal({
    status: 400,
    code: deviceId === undefined ? 'device_required' : 'device_unknown',
    detail: `this agent has ${devices.length} devices: ${devices.map((device) => device.deviceId).join(', ')}`,
  });
}
