import { z } from 'zod';
import { createOfflineBank } from '../bank/offline-bank.ts';
import { callAdmin } from '../http/admin-client.ts';
import { isAdminSocketAlive } from '../http/admin-socket.ts';
import { agentSchema, deviceSchema, toAgentJson, toDeviceJson } from '../http/agent-json.ts';
import { agentBundle } from '../identity/agent-bundle.ts';
import {
  type AddAgent,
  type AddedAgent,
  type AgentEnrolment,
  createAgentEnrolment,
  type DeviceOutcome,
  type NewDevice,
} from '../identity/agent-enrolment.ts';
import { addressesOf } from '../main/hub-addresses.ts';
import { adminSocketFile, openAuthority } from '../main/start-hub.ts';
import { silentMeter } from '../meter.ts';
import type { HubProcess } from './hub-process.ts';
import { type ConfigOptions, readConfig } from './run-command.ts';

const addedDevice = z.object({ registered: z.boolean(), refused: z.boolean(), detail: z.string() });
const addedAgent = z.object({ bundle: agentBundle, device: addedDevice.optional() });
const agentList = z.object({ agents: z.array(agentSchema) });
const deviceList = z.object({ devices: z.array(deviceSchema) });
export type AgentJson = z.output<typeof agentSchema>;
export type DeviceJson = z.output<typeof deviceSchema>;

/** What the operator's commands do, through the running hub or on its database. */
export interface OperatorEnrolment {
  add(request: AddAgent): Promise<AddedAgent>;
  list(): Promise<AgentJson[]>;
  revoke(agentId: string, reason: string): Promise<void>;
  addDevice(agentId: string, device: NewDevice): Promise<DeviceOutcome>;
  devices(agentId: string): Promise<DeviceJson[]>;
  setDeviceEnabled(agentId: string, deviceId: string, enabled: boolean): Promise<void>;
}

export async function withEnrolment<Result>(
  options: ConfigOptions,
  outside: HubProcess,
  run: (enrolment: OperatorEnrolment) => Promise<Result>,
): Promise<Result> {
  const config = readConfig(options, outside);
  const socket = adminSocketFile(config);
  if (await isAdminSocketAlive(socket)) return run(remoteEnrolment(socket));
  // The hub is stopped: its database has no owner, so the command is it for a moment.
  const context = outside.createContext(config.log.level === 'debug' ? 'debug' : 'warn');
  const { core, close } = await outside.openCore({
    config,
    context,
    bank: createOfflineBank(config.kaspi.scheme),
    meter: silentMeter,
  });
  try {
    const authority = await openAuthority(config, context);
    return await run(localEnrolment(createAgentEnrolment({ core, authority, addresses: () => addressesOf(config) })));
  } finally {
    await close();
  }
}

function remoteEnrolment(socket: string): OperatorEnrolment {
  return {
    async add(body) {
      const { bundle, device } = addedAgent.parse(await callAdmin(socket, { method: 'POST', path: '/agents', body }));
      return device ? { bundle, device } : { bundle };
    },
    list: async () => agentList.parse(await callAdmin(socket, { method: 'GET', path: '/agents' })).agents,
    addDevice: async (agentId, body) =>
      addedDevice.parse(await callAdmin(socket, { method: 'POST', path: devicesOf(agentId), body })),
    devices: async (agentId) =>
      deviceList.parse(await callAdmin(socket, { method: 'GET', path: devicesOf(agentId) })).devices,
    async setDeviceEnabled(agentId, deviceId, enabled) {
      const path = `${devicesOf(agentId)}/${encodeURIComponent(deviceId)}`;
      await callAdmin(socket, { method: 'POST', path, body: { enabled } });
    },
    async revoke(agentId, reason) {
      await callAdmin(socket, {
        method: 'POST',
        path: `/agents/${encodeURIComponent(agentId)}/revoke`,
        body: { reason },
      });
    },
  };
}

function localEnrolment(enrolment: AgentEnrolment): OperatorEnrolment {
  return {
    ...enrolment,
    list: async () => (await enrolment.list()).map(toAgentJson),
    devices: async (agentId) => (await enrolment.devices(agentId)).map(toDeviceJson),
  };
}

function devicesOf(agentId: string): string {
  return `/agents/${encodeURIComponent(agentId)}/devices`;
}
