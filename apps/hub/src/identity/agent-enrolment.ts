import { ProblemError } from '@tolem/base';
import type { Agent } from '../agent/agent.ts';
import type { Caller } from '../caller.ts';
import type { Device } from '../device/device.ts';
import type { HubCore } from '../hub-core.ts';
import { HubError } from '../hub-error.ts';
import { AGENT_ID, type AgentBundle } from './agent-bundle.ts';
import type { DeviceAuthority } from './device-authority.ts';

/** Where agents reach the hub, as their bundle says: `host:port`. */
export interface HubAddresses {
  grpc: string;
  mqtt: string;
}

export interface AddAgent {
  agentId: string;
  name: string;
  storeName: string;
  /** How long the certificate lasts. */
  days?: number | undefined;
  /** Registered with Kaspi, now or as soon as the bank can be reached. */
  device?: NewDevice | undefined;
  /** A new certificate for an agent that is known already; its older one is refused from then on. */
  reissue?: boolean | undefined;
}

export interface NewDevice {
  deviceId: string;
  organizationBin: string;
  tradePointId: string;
}

export interface AddedAgent {
  bundle: AgentBundle;
  device?: DeviceOutcome;
}

/** What became of a wish for a device: registered (and where), or why not. */
export interface DeviceOutcome {
  registered: boolean;
  /** Refused: it will not be tried again by itself. */
  refused: boolean;
  detail: string;
}

/** What an operator does with agents, on the command line or the admin socket. */
export interface AgentEnrolment {
  add(request: AddAgent): Promise<AddedAgent>;
  list(): Promise<Agent[]>;
  /** Registers one more device of an agent that is known. */
  addDevice(agentId: string, device: NewDevice): Promise<DeviceOutcome>;
  devices(agentId: string): Promise<Device[]>;
  setDeviceEnabled(agentId: string, deviceId: string, enabled: boolean): Promise<void>;
  revoke(agentId: string, reason: string): Promise<void>;
}

/** Who works on the machine itself. */
export const OPERATOR: Caller = { kind: 'person', name: 'operator' };

export function createAgentEnrolment(options: {
  core: Pick<HubCore, 'agents' | 'devices'>;
  authority: DeviceAuthority;
  addresses(): HubAddresses;
}): AgentEnrolment {
  const { core, authority } = options;
  return {
    async add(request) {
      const { agentId, name, storeName } = request;
      if (!AGENT_ID.test(agentId)) {
        throw new HubError(
          'usage',
          'an agent id has 1–63 characters of a–z, 0–9, "_" and "-" and begins with a letter or digit',
        );
      }
      const addresses = options.addresses();
      const agent = request.reissue
        ? await core.agents.get(agentId)
        : await core.agents.add({ agentId, name, storeName });
      if (agent.revokedAtMs !== undefined) {
        throw new HubError('hub_refused', `${agentId} was revoked; add it under another id`);
      }
      const credentials = await authority.issueForAgent(agentId, request.days);
      const { serial, expiresAtMs, spkiSha256 } = credentials;
      await core.agents.recordCertificate(agentId, { serial, expiresAtMs, spkiSha256 });
      const bundle: AgentBundle = {
        v: 1,
        agentId,
        name: agent.name,
        storeName: agent.storeName,
        chain: authority.chain,
        hub: { grpc: addresses.grpc, mqtt: `mqtts://${addresses.mqtt}` },
        ca: authority.certificatePem,
        certificate: credentials.certificatePem,
        key: credentials.privateKeyPem,
      };
      return request.device ? { bundle, device: await register(core, agentId, request.device) } : { bundle };
    },
    list: () => core.agents.list(),
    async addDevice(agentId, device) {
      await core.agents.get(agentId);
      return register(core, agentId, device);
    },
    async devices(agentId) {
      await core.agents.get(agentId);
      return core.devices.listDevices(OPERATOR, agentId);
    },
    async setDeviceEnabled(agentId, deviceId, enabled) {
      await core.devices.setEnabled(OPERATOR, { agentId, deviceId, enabled });
    },
    revoke: (agentId, reason) => core.agents.revoke(OPERATOR, agentId, reason),
  };
}

/** A bank that can't be reached must not keep an agent from being added: the wish is stored and performed later. */
async function register(core: Pick<HubCore, 'devices'>, agentId: string, device: NewDevice): Promise<DeviceOutcome> {
  try {
    const registered = await core.devices.register(OPERATOR, { agentId, ...device });
    return { registered: true, refused: false, detail: registered.tradePointName };
  } catch (error) {
    const willBeTried = error instanceof ProblemError && error.code === 'device_not_registered';
    return { registered: false, refused: !willBeTried, detail: error instanceof Error ? error.message : 'unknown' };
  }
}
