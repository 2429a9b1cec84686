import type { QrMethod } from './effect-table.ts';
import { refusal } from './fake-faults.ts';
import type { DeviceToken, RegisterDevice, TradePoint } from './qr-api.ts';

export interface FakeDevice {
  organizationBin: string;
  deviceId: string;
  tradePointId: string;
  deviceToken: DeviceToken;
  active: boolean;
}

/** Organisations, trade points and devices of the fake bank [QR 3.9 §4.2]. */
export interface FakeDevices {
  tradePoints(organizationBin: string): TradePoint[];
  register(request: RegisterDevice): DeviceToken;
  remove(request: { organizationBin: string; deviceToken: DeviceToken }): void;
  /** The live device of a token, or the refusal that the bank would give. */
  find(method: QrMethod, deviceToken: DeviceToken, organizationBin?: string): FakeDevice;
}

export function createFakeDevices(options: {
  organizations: Readonly<Record<string, readonly TradePoint[]>>;
  revivesDeadTokens: boolean;
  newId: () => string;
}): FakeDevices {
  const devices: FakeDevice[] = [];
  const pointsOf = (organizationBin: string) => options.organizations[organizationBin] ?? [];
  return {
    tradePoints(organizationBin) {
      const points = pointsOf(organizationBin);
      if (points.length === 0) throw refusal('listTradePoints', -14000002);
      return points.map((point) => ({ ...point }));
    },
    register(request) {
      const { organizationBin, deviceId, tradePointId } = request;
      if (!pointsOf(organizationBin).some((point) => point.tradePointId === tradePointId)) {
        throw refusal('registerDevice', -99000002);
      }
      const known = devices.findLast((one) => one.organizationBin === organizationBin && one.deviceId === deviceId);
      if (known?.active && known.tradePointId !== tradePointId) throw refusal('registerDevice', -1503);
      if (known && (known.active || options.revivesDeadTokens)) return known.deviceToken;
      const deviceToken = JSON.stringify(`token-${options.newId()}`);
      devices.push({ organizationBin, deviceId, tradePointId, deviceToken, active: true });
      return deviceToken;
    },
    remove(request) {
      const device = devices.find((one) => one.deviceToken === request.deviceToken && one.active);
      if (device?.organizationBin !== request.organizationBin) throw refusal('deleteDevice', -1501);
      device.active = false;
    },
    find(method, deviceToken, organizationBin) {
      const device = devices.find((one) => one.deviceToken === deviceToken);
      if (!device || (organizationBin !== undefined && device.organizationBin !== organizationBin)) {
        throw refusal(method, -1501);
      }
      if (!device.active) throw refusal(method, -1502);
      return device;
    },
  };
}
