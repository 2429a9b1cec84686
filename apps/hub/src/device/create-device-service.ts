import { ProblemError } from '@tolem/base';
import type { Caller } from '../caller.ts';
import { guarded } from '../guarded.ts';
import { isHubError } from '../hub-error.ts';
import type { HubWorld } from '../hub-world.ts';
import { bankRefusal } from '../payment/bank-refusal.ts';
import { problem } from '../problem-catalogue.ts';
import type { DeviceRecord } from '../store/device-rows.ts';
import type { StoreTransaction } from '../store/store.ts';
import type { Device, DeviceService } from './device.ts';

/** Kaspi's own rule [QR 3.9 §4.2.3]: Latin letters, digits, `-` and `_`. */
const DEVICE_ID = /^[A-Za-z0-9_-]{1,50}$/;
const INT64 = /^\d{1,19}$/;
/** Wishes performed in one turn. */
const WISHES = 50;

export interface DeviceDesk extends DeviceService {
  /** Registers the devices that were wished for while the bank or the hub was away. */
  performWishes(): Promise<void>;
}

type KeepRefusal = (tx: StoreTransaction, record: DeviceRecord, refusal: string) => Promise<void>;

/** A device is committed as a wish before the bank is called, which is idempotent there; then its token is stored. */
export function createDeviceService(world: HubWorld): DeviceDesk {
  const wish = async (request: Parameters<DeviceService['register']>[1]): Promise<DeviceRecord> => {
    const { agentId, deviceId, organizationBin, tradePointId } = request;
    const tradePointName = '';
    return world.store.transaction(async (tx) => {
      // Locked: two registrations of one device at once come after each other.
      if (!(await tx.agents.get(agentId, { lock: true })))
        throw problem('agent_not_found', `there is no agent ${agentId}`);
      const holder = await tx.devices.holderOf(organizationBin, deviceId);
      if (holder && holder.agentId !== agentId)
        throw problem('device_taken', `another agent has the device ${deviceId}`);
      const known = await tx.devices.get(agentId, deviceId);
      const isSame = known?.organizationBin === organizationBin && known.tradePointId === tradePointId;
      if (known?.deviceToken !== undefined && !isSame) {
        throw problem('device_at_other_trade_point', `the device ${deviceId} is registered at another trade point`);
      }
      const { refusal: _refusal, ...kept } = isSame
        ? known
        : { ...request, tradePointName, enabled: true, requestedAtMs: world.time.nowMs() };
      await tx.devices.put(kept);
      return kept;
    });
  };
  const perform = async (record: DeviceRecord, keepRefusal: KeepRefusal): Promise<Device> => {
    const { deviceToken: known } = record;
    if (known !== undefined) return asDevice(record, known);
    const { organizationBin, deviceId, tradePointId } = record;
    try {
      const deviceToken = await world.bank.registerDevice({ organizationBin, deviceId, tradePointId });
      const tradePointName = await nameOf(world, organizationBin, tradePointId);
      const registered = { ...record, deviceToken, tradePointName, registeredAtMs: world.time.nowMs() };
      await world.store.transaction(async (tx) => {
        await tx.agents.get(record.agentId, { lock: true });
        const now = await tx.devices.get(record.agentId, deviceId);
        // Wished elsewhere meanwhile: this token is of another trade point.
        if (now && (now.organizationBin !== organizationBin || now.tradePointId !== tradePointId)) {
          throw problem('device_at_other_trade_point', `the device ${deviceId} was registered elsewhere meanwhile`);
        }
        // Switched off meanwhile by a person.
        await tx.devices.put({ ...registered, enabled: now?.enabled ?? registered.enabled });
        tx.hint({ kind: 'devices', agentId: record.agentId });
      });
      return asDevice(registered, deviceToken);
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      const refused = bankRefusal(error);
      if (!refused) {
        if (isHubError(error)) throw error;
        throw problem(
          'device_not_registered',
          'the bank cannot be reached; the hub goes on trying',
          { retryAfterS: 15 },
          error,
        );
      }
      await world.store.transaction((tx) => keepRefusal(tx, record, refused.problem.detail));
      throw refused;
    }
  };
  return {
    listDevices: (caller, agentId) =>
      guarded(async () => {
        checkAccess(caller, agentId);
        const records = await world.store.transaction((tx) => tx.devices.listOf(agentId));
        // A wish has no token yet: it cannot take payments, so it is shown disabled.
        return records.map((one) =>
          asDevice({ ...one, enabled: one.enabled && one.deviceToken !== undefined }, one.deviceToken ?? ''),
        );
      }),
    listTradePoints: () => listTradePoints(world),
    register: (caller, request) =>
      guarded(async () => {
        checkAccess(caller, request.agentId);
        checkRegistration(world, request);
        // Whoever asks is told at once: a refused wish would only stand in the way of the next one.
        return perform(await wish(request), (tx, { agentId, deviceId }) => tx.devices.removeWish(agentId, deviceId));
      }),
    setEnabled: (caller, { agentId, deviceId, enabled }) =>
      guarded(async () => {
        if (caller.kind !== 'person') throw problem('forbidden', 'only a person switches a device on or off');
        const record = await world.store.transaction(async (tx) => {
          if (!(await tx.agents.get(agentId, { lock: true })))
            throw problem('agent_not_found', `there is no agent ${agentId}`);
          const known = await tx.devices.get(agentId, deviceId);
          if (!known) throw problem('device_unknown', `the agent ${agentId} has no device ${deviceId}`);
          const changed = { ...known, enabled };
          await tx.devices.put(changed);
          tx.hint({ kind: 'devices', agentId });
          return changed;
        });
        return asDevice(record, record.deviceToken ?? '');
      }),
    async performWishes() {
      const wishes = await world.store.transaction((tx) => tx.devices.wishes(WISHES));
      for (const record of wishes) {
        await perform(record, (tx, one, refusal) => tx.devices.put({ ...one, refusal })).catch((error: unknown) => {
          world.log.warn(
            { error, deviceId: record.deviceId, agentId: record.agentId },
            'a device is not registered yet',
          );
        });
      }
    },
  };
}

function checkAccess(caller: Caller, agentId: string): void {
  if (caller.kind === 'agent' && caller.agentId !== agentId)
    throw problem('forbidden', 'an agent reaches its own devices only');
}

function checkRegistration(world: HubWorld, request: Parameters<DeviceService['register']>[1]): void {
  if (!DEVICE_ID.test(request.deviceId)) {
    throw problem('request_invalid', 'a device id has 1 to 50 Latin letters, digits, "-" and "_"');
  }
  if (!INT64.test(request.tradePointId)) throw problem('request_invalid', 'a trade point id is a whole number');
  if (!world.settings.organizations.some((one) => one.bin === request.organizationBin)) {
    throw problem('organization_unknown', `the organisation ${request.organizationBin} is not in the configuration`);
  }
}

function asDevice(record: DeviceRecord, deviceToken: string): Device {
  const { agentId, deviceId, organizationBin, tradePointId, tradePointName, enabled } = record;
  return { agentId, deviceId, organizationBin, tradePointId, tradePointName, enabled, deviceToken };
}

/** A name is only shown: without an answer it stays empty. */
async function nameOf(world: HubWorld, organizationBin: string, tradePointId: string): Promise<string> {
  try {
    const points = await world.bank.listTradePoints(organizationBin);
    return points.find((one) => one.tradePointId === tradePointId)?.name ?? '';
  } catch (error) {
    world.log.debug({ error, organizationBin }, 'trade points could not be read');
    return '';
  }
}

async function listTradePoints(world: HubWorld): ReturnType<DeviceService['listTradePoints']> {
  const lists = await Promise.all(
    world.settings.organizations.map(async ({ bin, name }) => {
      try {
        const points = await world.bank.listTradePoints(bin);
        return points.map((one) => ({
          organizationBin: bin,
          organizationName: name,
          tradePointId: one.tradePointId,
          name: one.name,
        }));
      } catch (error) {
        throw (
          bankRefusal(error) ?? problem('bank_unavailable', 'the bank does not list its trade points now', {}, error)
        );
      }
    }),
  );
  return lists.flat();
}
