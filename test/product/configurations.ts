import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { runCommand } from '../support/program.ts';

/** The three programs, and where their sources start. */
export const ENTRIES = {
  sim: 'packages/kaspi-sim/src/main.ts',
  hub: 'apps/hub/src/main.ts',
  agent: 'apps/edge-agent/src/main.ts',
} as const;
export type ProgramName = keyof typeof ENTRIES;

export const ORGANIZATION_BIN = '180340021791';
export const AGENT_ID = 'till-1';

/** What each program prints when it is ready. */
export interface SimReady {
  ready: true;
  bank: string;
  /** The doors of the bank by scheme; `bank` is the one that was asked for first. */
  banks: Record<string, string>;
  pages: string;
  terminals: Record<string, string>;
  /** The folder of the simulator's certificates. */
  pki: string;
}
export interface HubReady {
  ready: true;
  http: string;
  grpc: string;
  mqtt: string;
}
export interface AgentReady {
  ready: true;
  localApi: string;
  /** The file that holds the till's token. */
  token: string;
  /** Where till software written for a terminal knocks, where it may. */
  posCompat?: string;
}

/** Where the product keeps what, below one folder. */
export interface Paths {
  simConfig: string;
  simData: string;
  hubConfig: string;
  hubData: string;
  agentConfig: string;
  agentData: string;
  bundle: string;
  /** A token with every scope, as a chain's own till program would be given. */
  tillToken: string;
}

export function layOut(folder: string): Paths {
  const paths: Paths = {
    simConfig: join(folder, 'sim.yaml'),
    simData: join(folder, 'sim'),
    hubConfig: join(folder, 'hub.yaml'),
    hubData: join(folder, 'hub'),
    agentConfig: join(folder, 'agent.yaml'),
    agentData: join(folder, 'agent'),
    bundle: join(folder, 'bundle.json'),
    tillToken: join(folder, 'till-token'),
  };
  for (const data of [paths.simData, paths.hubData, paths.agentData]) mkdirSync(data, { recursive: true });
  return paths;
}

export function writeConfig(file: string, document: Record<string, unknown>): void {
  writeFileSync(file, stringify(document));
}

/** The schemes of the bank's QR API: what an agreement with it allows. */
export type Scheme = 1 | 2 | 3;

export interface TerminalChoice {
  id: string;
  api: 'v1' | 'v2';
  /** Where the simulator's terminal listens; an ephemeral port by default. */
  listen?: string;
}

export function simConfig(settings: {
  dataDir: string;
  bankListen: string;
  pagesListen: string;
  bank: Record<string, unknown>;
  terminals: TerminalChoice[];
}): Record<string, unknown> {
  return {
    dataDir: settings.dataDir,
    bank: { listen: settings.bankListen, ...settings.bank },
    terminals: settings.terminals.map((terminal) => ({ listen: '127.0.0.1:0', ...terminal })),
    pages: { listen: settings.pagesListen },
  };
}

export function hubConfig(settings: {
  dataDir: string;
  listen: { http: string; grpc: string; mqtt: string };
  bankAddress: string;
  pki: string;
  intervals: Record<string, unknown>;
  /** 3 unless told; 1 with the key that the simulator keeps in `apiKeyFile`. */
  scheme?: Scheme;
  apiKeyFile?: string;
}): Record<string, unknown> {
  const { pki, scheme = 3, apiKeyFile } = settings;
  const credentials =
    scheme === 1
      ? { apiKeyFile }
      : { certificate: { pfx: join(pki, 'client.pfx'), passphraseFile: join(pki, 'passphrase') } };
  return {
    dataDir: settings.dataDir,
    http: { listen: settings.listen.http },
    grpc: { listen: settings.listen.grpc },
    mqtt: { broker: 'embedded', listen: settings.listen.mqtt },
    database: { url: 'embedded' },
    kaspi: {
      scheme,
      baseUrl: `https://${settings.bankAddress}/r${scheme}/v01`,
      statusVersion: 'v02',
      ...credentials,
      ca: [join(pki, 'kbs_root_ca.crt'), join(pki, 'kbs_ca.crt')],
    },
    organizations: [{ bin: ORGANIZATION_BIN, name: 'ТОО Tolem Demo' }],
    intervals: settings.intervals,
  };
}

export function agentConfig(settings: {
  dataDir?: string;
  listen: string;
  cashierPinFile?: string;
  hub?: { grpc: string; mqtt: string };
  pki: string;
  terminals: Array<TerminalChoice & { address: string }>;
  /** The LAN API for old tills, and the terminal that it stands for. */
  posCompat?: { listen: string; terminal: string };
  intervals: Record<string, unknown>;
}): Record<string, unknown> {
  return {
    ...(settings.dataDir === undefined ? {} : { dataDir: settings.dataDir }),
    localApi: {
      listen: settings.listen,
      ...(settings.cashierPinFile === undefined ? {} : { cashierPinFile: settings.cashierPinFile }),
    },
    ...(settings.hub ? { hub: settings.hub } : {}),
    terminals: settings.terminals.map(({ id, api, address }) => ({
      id,
      address,
      api,
      ...(api === 'v2' ? { ca: join(settings.pki, 'terminal_ca.crt') } : {}),
    })),
    ...(settings.posCompat ? { posCompat: settings.posCompat } : {}),
    intervals: settings.intervals,
  };
}

/** `tolem-hub agent add` against the running hub: one till with one Kaspi device at the first trade point. */
export async function addAgent(paths: Paths): Promise<void> {
  const agent = ['--id', AGENT_ID, '--name', 'Касса 1', '--store', 'Магазин 1'];
  const device = ['--device', AGENT_ID, '--bin', ORGANIZATION_BIN, '--trade-point', '1'];
  const args = ['agent', 'add', '--config', paths.hubConfig, ...agent, ...device, '--out', paths.bundle];
  const added = await runCommand(ENTRIES.hub, args);
  if (added.code !== 0) throw new Error(`agent add failed (${added.code}): ${added.stderr}${added.stdout}`);
}

/** `tolem-agent token add`: a till that may also refund and settle. The token is kept in a file of its own. */
export async function addTillToken(paths: Paths): Promise<void> {
  if (existsSync(paths.tillToken)) return;
  const args = ['token', 'add', '--data', paths.agentData, '--name', 'till program', '--scope', 'pay,refund,settle'];
  const added = await runCommand(ENTRIES.agent, args);
  if (added.code !== 0) throw new Error(`token add failed (${added.code}): ${added.stderr}${added.stdout}`);
  writeFileSync(paths.tillToken, added.stdout.trim(), { mode: 0o600 });
}

/** `tolem-agent pin set`: a cashier who may refund and settle at the till page. */
export async function setCashierPin(paths: Paths, cashier: { name: string; pin: string }): Promise<void> {
  const args = ['pin', 'set', '--config', paths.agentConfig, '--data', paths.agentData, '--name', cashier.name];
  const set = await runCommand(ENTRIES.agent, [...args, '--scope', 'refund,settle'], `${cashier.pin}\n`);
  if (set.code !== 0) throw new Error(`pin set failed (${set.code}): ${set.stderr}${set.stdout}`);
}
