import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Context, createSilentLog, createSystemContext } from '@tolem/base';
import { createRootAuthority, deviceIdentityUri, issueCertificate, makeKeyPair, validFor } from '@tolem/pki';
import { createFakeHubCore, type FakeHubCore } from '../fake-hub-core.ts';
import { type GrpcDoor, openGrpcDoor } from '../grpc/grpc-door.ts';
import type { HubCore } from '../hub-core.ts';
import { createGatekeeper, type Gatekeeper } from '../identity/admission.ts';
import { type DeviceAuthority, openDeviceAuthority } from '../identity/device-authority.ts';
import { silentDoorMetrics } from '../metrics/door-metrics.ts';
import { type MqttDoor, openMqttDoor } from '../mqtt/mqtt-door.ts';

export interface TestCredentials {
  certificatePem: string;
  privateKeyPem: string;
}

/** Real doors on free ports over a core in memory, with a device CA of their own. */
export interface TestDoors<Core extends HubCore = FakeHubCore> {
  core: Core;
  context: Context;
  authority: DeviceAuthority;
  gatekeeper: Gatekeeper;
  grpc: GrpcDoor;
  mqtt: MqttDoor;
  /** A known agent with its certificate. */
  addAgent(agentId: string): Promise<TestCredentials>;
  close(): Promise<void>;
}

export function openTestDoors(): Promise<TestDoors> {
  const context = createSystemContext(createSilentLog());
  return openDoorsBefore(
    createFakeHubCore(() => context.clock.nowMs()),
    context,
  );
}

/** The same before any core. */
export async function openDoorsBefore<Core extends HubCore>(core: Core, context: Context): Promise<TestDoors<Core>> {
  const folder = await mkdtemp(join(tmpdir(), 'tolem-doors-'));
  const authority = await openDeviceAuthority({ folder, chain: 'main', clock: context.clock });
  const gatekeeper = createGatekeeper({ agents: core.agents, chain: 'main', clock: context.clock });
  const server = await authority.serverIdentity(['127.0.0.1']);
  const listen = { host: '127.0.0.1', port: 0 };
  const options = {
    core,
    context,
    gatekeeper,
    metrics: silentDoorMetrics,
    authorityPem: authority.certificatePem,
    server,
    listen,
  };
  const grpc = await openGrpcDoor(options);
  const mqtt = await openMqttDoor(options);
  return {
    core,
    context,
    authority,
    gatekeeper,
    grpc,
    mqtt,
    async addAgent(agentId) {
      await core.agents.add({ agentId, name: agentId, storeName: 'Store' });
      const credentials = await authority.issueForAgent(agentId);
      await core.agents.recordCertificate(agentId, credentials);
      return credentials;
    },
    async close() {
      await grpc.stop(1_000);
      await mqtt.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A certificate for the same agent id, issued by somebody else. */
export async function foreignCredentials(agentId: string, context: Context): Promise<TestCredentials> {
  const validity = validFor(context.clock, 30);
  const authority = await createRootAuthority({ subject: { commonName: 'Somebody else' }, validity });
  const { privateKeyPem, publicKeyPem } = await makeKeyPair('p256');
  const certificatePem = await issueCertificate(authority, publicKeyPem, {
    subject: { commonName: agentId },
    validity,
    purposes: ['client'],
    names: { uris: [deviceIdentityUri('main', agentId)] },
  });
  return { certificatePem, privateKeyPem };
}
