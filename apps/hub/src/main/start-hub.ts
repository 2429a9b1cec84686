import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '@tolem/base';
import type { QrApi } from '@tolem/kaspi-core';
import { type Bank, openBank } from '../bank/open-bank.ts';
import { createApiKeyKeeper, readApiKey } from '../certificate/api-key.ts';
import { readBankCertificate } from '../certificate/bank-certificate.ts';
import { type CertificateKeeper, createCertificateKeeper } from '../certificate/certificate-keeper.ts';
import { type Address, formatAddress, type HubConfig, parseAddress } from '../config/hub-config.ts';
import { openGrpcDoor } from '../grpc/grpc-door.ts';
import { isAdminSocketAlive, openAdminSocket } from '../http/admin-socket.ts';
import { openHttpDoor } from '../http/http-door.ts';
import type { HubCore } from '../hub-core.ts';
import { HubError } from '../hub-error.ts';
import { createGatekeeper } from '../identity/admission.ts';
import { createAgentEnrolment } from '../identity/agent-enrolment.ts';
import { type DeviceAuthority, openDeviceAuthority } from '../identity/device-authority.ts';
import type { Meter } from '../meter.ts';
import { createMetrics } from '../metrics/prometheus.ts';
import { openMqttDoor } from '../mqtt/mqtt-door.ts';
import { addressesOf } from './hub-addresses.ts';
import { startRevocationSweep } from './revocation-sweep.ts';
import { createStopList, type StopList } from './stop-list.ts';

/** Makes the core on its database; the doors and the command line don't know how. */
export type OpenCore = (options: {
  config: HubConfig;
  context: Context;
  bank: QrApi;
  meter: Meter;
}) => Promise<OpenedCore>;

export interface OpenedCore {
  core: HubCore;
  close(): Promise<void>;
  /** Throws `already_running` while another hub is live on the same database. */
  assertAlone(): Promise<void>;
}

export interface RunningHub {
  readonly http: Address;
  readonly grpc: Address;
  readonly mqtt: Address;
  /** Reads the bank's credentials again: certificate or Api-Key. */
  readonly credentials: Pick<CertificateKeeper, 'reload'>;
  /** Tidily and bounded: no new work, calls to the bank end, the database last. */
  stop(): Promise<void>;
}

export interface StartOptions {
  config: HubConfig;
  context: Context;
  openCore: OpenCore;
}

/** How long calls at the doors get to end before they are cut: the bank answers most of them within a second. */
const DOORS_GRACE_MS = 10_000;

/** Starts everything in the order of need, and takes it down again where a part fails. */
export async function startHub({ config, context, openCore }: StartOptions): Promise<RunningHub> {
  mkdirSync(config.dataDir, { recursive: true });
  await refuseSecondHub(config.dataDir);
  const stops = createStopList(context.log);
  try {
    return await openAll({ config, context, openCore }, stops);
  } catch (error) {
    await stops.run();
    throw error;
  }
}

async function openAll({ config, context, openCore }: StartOptions, stops: StopList): Promise<RunningHub> {
  const metrics = createMetrics(context.clock);
  const { bank, credentials, certificate } = openBankWithCredentials(config, context);
  stops.add('bank', () => bank.close());
  stops.add('certificate', async () => certificate?.stop());

  const { core, close, assertAlone } = await openCore({ config, context, bank: bank.api, meter: metrics.meter });
  stops.add('database', close);
  stops.add('core', () => core.stop());
  await assertAlone();
  await core.start();

  const authority = await openAuthority(config, context);
  const server = await authority.serverIdentity(namesOf(config));
  const gatekeeper = createGatekeeper({ agents: core.agents, chain: config.chain, clock: context.clock });
  let isStopping = false;
  const inside = { core, context, gatekeeper, metrics: metrics.doors, authorityPem: authority.certificatePem, server };
  const mqtt = await openMqttDoor({ ...inside, listen: parseAddress(config.mqtt.listen) });
  stops.add('mqtt', () => mqtt.stop());
  const grpc = await openGrpcDoor({ ...inside, listen: parseAddress(config.grpc.listen) });
  stops.add('grpc', () => grpc.stop(DOORS_GRACE_MS));
  const sweep = startRevocationSweep({ ...context, core, gatekeeper, doors: [mqtt, grpc] });
  stops.add('sweep', async () => sweep.stop());

  const enrolment = createAgentEnrolment({ core, authority, addresses: () => addressesOf(config, { grpc, mqtt }) });
  const admin = await openAdminSocket({
    file: adminSocketFile(config),
    enrolment,
    core,
    certificate: () => certificate?.status(),
    log: context.log,
    metrics: metrics.doors,
  });
  stops.add('admin', () => admin.stop());
  const http = await openHttpDoor({
    core,
    context,
    metrics,
    listen: parseAddress(config.http.listen),
    hosts: config.http.hosts,
    tokenFile: join(config.dataDir, 'http-token'),
    certificate: () => certificate?.status(),
    isStopping: () => isStopping,
  });
  stops.add('http', () => http.stop());
  certificate?.start();
  const addresses = { http: http.address, grpc: grpc.address, mqtt: mqtt.address };
  context.log.info(
    Object.fromEntries(Object.entries(addresses).map(([door, address]) => [door, formatAddress(address)])),
    'the hub is ready',
  );
  return {
    ...addresses,
    credentials,
    async stop() {
      isStopping = true;
      context.log.info({}, 'the hub stops');
      await stops.run();
    },
  };
}

/** Scheme 1 shows the bank an Api-Key; the others a certificate, which is kept current by itself. */
function openBankWithCredentials(
  config: HubConfig,
  context: Context,
): { bank: Bank; credentials: RunningHub['credentials']; certificate?: CertificateKeeper } {
  if (config.kaspi.scheme === 1) {
    const bank = openBank({ config: config.kaspi, context, ...readApiKey(config) });
    return { bank, credentials: createApiKeyKeeper({ context, replace: bank.replaceCredentials }) };
  }
  const first = readBankCertificate(config);
  const bank = openBank({ config: config.kaspi, context, tls: first.tls });
  const replace: Parameters<typeof createCertificateKeeper>[0]['replace'] = (tls) => bank.replaceCredentials({ tls });
  const certificate = createCertificateKeeper({ config, context, first, replace });
  return { bank, credentials: certificate, certificate };
}

export function adminSocketFile(config: Pick<HubConfig, 'dataDir'>): string {
  return join(config.dataDir, 'admin.sock');
}

/** The device CA of this data folder; its folder is closed to others. */
export async function openAuthority(config: HubConfig, { clock }: Context): Promise<DeviceAuthority> {
  const folder = join(config.dataDir, 'ca');
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
  return openDeviceAuthority({ folder, chain: config.chain, clock });
}

/** Every name under which agents may reach the listeners. */
function namesOf(config: HubConfig): string[] {
  const addresses = [config.grpc.listen, config.grpc.advertise, config.mqtt.listen, config.mqtt.advertise];
  return addresses.filter((address) => address !== undefined).map((address) => parseAddress(address).host);
}

async function refuseSecondHub(dataDir: string): Promise<void> {
  if (!(await isAdminSocketAlive(adminSocketFile({ dataDir })))) return;
  throw new HubError('already_running', `another hub runs on ${dataDir}`);
}
