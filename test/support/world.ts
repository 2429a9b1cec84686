import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AgentReady,
  addAgent,
  addTillToken,
  agentConfig,
  ENTRIES,
  type HubReady,
  hubConfig,
  layOut,
  type Paths,
  type ProgramName,
  type Scheme,
  type SimReady,
  simConfig,
  writeConfig,
} from '../product/configurations.ts';
import { type BankControl, createBankControl } from './bank-control.ts';
import { createFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { createHubClient, type HubClient } from './hub-client.ts';
import { eventually, type Program, startProgram } from './program.ts';
import { createTill, type Till } from './till.ts';

/** The whole product as real processes on loopback, every wire between them through a proxy that can be cut. */
export interface World {
  readonly folder: string;
  readonly paths: Paths;
  readonly simReady: SimReady;
  readonly bank: BankControl;
  readonly hub: HubClient;
  readonly till: Till;
  readonly wires: Wires;
  program(name: ProgramName): Program<unknown>;
  /** Starts a program again on the same data, after a kill or a stop, and waits until the agent has reached the hub again. */
  restart(...names: ProgramName[]): Promise<void>;
  /** SIGKILL to all of them at once. */
  kill(...names: ProgramName[]): Promise<void>;
  stop(): Promise<void>;
}

/** hub → bank, agent → hub (calls, reports), agent → each terminal. */
export interface Wires {
  bank: FaultProxy;
  grpc: FaultProxy;
  mqtt: FaultProxy;
  terminals: Record<string, FaultProxy>;
}

export interface WorldOptions {
  /** The scheme of the bank's QR API; 3 unless told. */
  scheme?: Scheme;
  /** The bank's settings, intervals in seconds: short, because they are the simulator's to choose. */
  bank?: Record<string, unknown>;
  terminals?: Array<{ id: string; api: 'v1' | 'v2' }>;
  hubIntervals?: Record<string, unknown>;
  agentIntervals?: Record<string, unknown>;
  /** Further keys of the two configurations. */
  hubConfig?: Record<string, unknown>;
  agentConfig?: Record<string, unknown>;
  /** The agent's program, where not its sources. */
  agentEntry?: string;
}

const ANY_PORT = '127.0.0.1:0';
const NOWHERE = '127.0.0.1:9';
const BANK_INTERVALS = { pollIntervalS: 0.2, scanWaitS: 20, confirmWaitS: 20 };

/** Waits until the agent has reached the hub: calls and reports. */
async function untilLinked(till: Till): Promise<void> {
  await eventually('the agent reaches the hub', async () => {
    const health = (await till.health()) as { layers?: Array<{ layer: string; state: string }> };
    return health.layers?.some((one) => one.layer === 'hub_link' && one.state === 'ok');
  });
}

interface Running {
  sim?: Program<SimReady>;
  hub?: Program<HubReady>;
  agent?: Program<AgentReady>;
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'tolem-world-'));
  const running: Running = {};
  const wires: Wires = {
    bank: await createFaultProxy(NOWHERE),
    grpc: await createFaultProxy(NOWHERE),
    mqtt: await createFaultProxy(NOWHERE),
    terminals: {},
  };
  const stop = async () => {
    for (const name of ['agent', 'hub', 'sim'] as const) await running[name]?.stop();
    for (const wire of [wires.bank, wires.grpc, wires.mqtt, ...Object.values(wires.terminals)]) await wire.close();
    if (process.env.TOLEM_KEEP_WORLDS !== '1') rmSync(folder, { recursive: true, force: true });
  };
  try {
    return await buildWorld({ folder, running, wires, stop }, options);
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Ground {
  folder: string;
  running: Running;
  wires: Wires;
  stop(): Promise<void>;
}

async function buildWorld({ folder, running, wires, stop }: Ground, options: WorldOptions): Promise<World> {
  const paths = layOut(folder);
  const terminals = options.terminals ?? [];

  const bank = { ...BANK_INTERVALS, scheme: options.scheme ?? 3, ...options.bank };
  writeConfig(
    paths.simConfig,
    simConfig({ dataDir: paths.simData, bankListen: ANY_PORT, pagesListen: ANY_PORT, bank, terminals }),
  );
  for (const terminal of terminals) wires.terminals[terminal.id] = await createFaultProxy(NOWHERE);

  const starters = createStarters({ folder, paths, running, wires, agentEntry: options.agentEntry ?? ENTRIES.agent });
  await starters.sim();
  const simReady = (running.sim as Program<SimReady>).ready;
  writeConfigs(paths, wires, simReady.pki, options);
  await starters.hub();
  await addAgent(paths);
  await addTillToken(paths);
  await starters.agent();
  const till = createTill(() => running.agent?.ready.localApi ?? '', paths.tillToken);
  await untilLinked(till);

  const program = (name: ProgramName): Program<unknown> => {
    const found = running[name];
    if (!found) throw new Error(`${name} was not started`);
    return found;
  };
  return {
    folder,
    paths,
    simReady,
    wires,
    bank: createBankControl(() => running.sim?.ready.pages ?? ''),
    hub: createHubClient(() => running.hub?.ready.http ?? '', join(paths.hubData, 'http-token')),
    till,
    program,
    async restart(...names) {
      for (const name of names) {
        await program(name).stop();
        await starters[name]();
      }
      if (running.agent?.isRunning() && running.hub?.isRunning()) await untilLinked(till);
    },
    async kill(...names) {
      await Promise.all(names.map((name) => program(name).kill()));
    },
    stop,
  };
}

function createStarters(parts: { folder: string; paths: Paths; running: Running; wires: Wires; agentEntry: string }) {
  const { folder, paths, running, wires } = parts;
  const start = <Ready>(name: ProgramName, args: string[]) =>
    startProgram<Ready>({
      name,
      entry: name === 'agent' ? parts.agentEntry : ENTRIES[name],
      args: ['run', ...args, '--ready-json'],
      logFile: join(folder, `${name}.log`),
    });
  return {
    async sim() {
      running.sim = await start<SimReady>('sim', ['--config', paths.simConfig]);
      wires.bank.retarget(running.sim.ready.bank);
      for (const [id, address] of Object.entries(running.sim.ready.terminals)) wires.terminals[id]?.retarget(address);
    },
    async hub() {
      running.hub = await start<HubReady>('hub', ['--config', paths.hubConfig]);
      wires.grpc.retarget(running.hub.ready.grpc);
      wires.mqtt.retarget(running.hub.ready.mqtt);
    },
    async agent() {
      const args = ['--bundle', paths.bundle, '--config', paths.agentConfig, '--data', paths.agentData];
      running.agent = await start<AgentReady>('agent', args);
    },
  };
}

function writeConfigs(paths: Paths, wires: Wires, pki: string, options: WorldOptions): void {
  const hub = hubConfig({
    dataDir: paths.hubData,
    listen: { http: ANY_PORT, grpc: ANY_PORT, mqtt: ANY_PORT },
    bankAddress: wires.bank.address,
    pki,
    intervals: options.hubIntervals ?? {},
    scheme: options.scheme ?? 3,
    apiKeyFile: join(paths.simData, 'api-key'),
  });
  writeConfig(paths.hubConfig, { ...hub, log: { level: 'debug' }, ...options.hubConfig });
  const agent = agentConfig({
    listen: ANY_PORT,
    hub: { grpc: wires.grpc.address, mqtt: `mqtts://${wires.mqtt.address}` },
    pki,
    terminals: (options.terminals ?? []).map((terminal) => ({
      ...terminal,
      address: wires.terminals[terminal.id]?.address ?? NOWHERE,
    })),
    intervals: { terminalPollMs: 150, ...options.agentIntervals },
  });
  writeConfig(paths.agentConfig, { ...agent, log: { level: 'debug' }, ...options.agentConfig });
}
