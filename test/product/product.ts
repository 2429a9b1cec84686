import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BankControl, createBankControl } from '../support/bank-control.ts';
import { createHubClient, type HubClient } from '../support/hub-client.ts';
import { eventually, type Program, startProgram } from '../support/program.ts';
import { createTill, type Till } from '../support/till.ts';
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
  setCashierPin,
  simConfig,
  type TerminalChoice,
  writeConfig,
} from './configurations.ts';

export interface Product {
  till: Till;
  hub: HubClient;
  bank: BankControl;
  paths: Paths;
  /** Where till software written for a terminal knocks. */
  dropIn: string;
  /** What a newcomer reads: the address of every page and the first thing to do. */
  welcome(): string;
  stop(): Promise<void>;
}

export interface ProductOptions {
  folder: string;
  /** The documented ports, or any free ones. */
  fixedPorts: boolean;
  /** The scheme of the bank's QR API; 3 unless told. */
  scheme?: Scheme;
  say: (line: string) => void;
}

const FIXED = {
  bank: '127.0.0.1:8545',
  pages: '127.0.0.1:8180',
  http: '127.0.0.1:8090',
  grpc: '127.0.0.1:8443',
  mqtt: '127.0.0.1:8883',
  localApi: '127.0.0.1:8088',
  dropIn: '127.0.0.1:8183',
};
const TERMINALS: Array<TerminalChoice & { listen: string }> = [
  { id: 'front', api: 'v2', listen: '127.0.0.1:8181' },
  { id: 'old', api: 'v1', listen: '127.0.0.1:8182' },
];

export async function startProduct(options: ProductOptions): Promise<Product> {
  mkdirSync(options.folder, { recursive: true });
  const paths = layOut(options.folder);
  const listen = options.fixedPorts ? FIXED : mapValues(FIXED, () => '127.0.0.1:0');
  const terminals = TERMINALS.map((one) => (options.fixedPorts ? one : { ...one, listen: '127.0.0.1:0' }));
  const started: Array<Program<unknown>> = [];
  const start = async <Ready>(name: ProgramName, args: string[]): Promise<Program<Ready>> => {
    options.say(`  starting ${DESCRIPTIONS[name]} …`);
    const program = await startProgram<Ready>({
      name,
      entry: ENTRIES[name],
      args: ['run', ...args, '--ready-json'],
      logFile: join(options.folder, `${name}.log`),
      ownGroup: options.fixedPorts,
    });
    started.unshift(program);
    return program;
  };
  const stop = async () => {
    for (const program of started) await program.stop();
  };
  // What a person has changed in a shop of theirs stays changed.
  const prepare: typeof writeConfig = (file, document) => {
    if (!options.fixedPorts || !existsSync(file)) writeConfig(file, document);
  };
  try {
    const { scheme = 3 } = options;
    const bankSettings = { scheme, ...(options.fixedPorts ? {} : { pollIntervalS: 0.3 }) };
    const pages = { bankListen: listen.bank, pagesListen: listen.pages };
    prepare(paths.simConfig, simConfig({ dataDir: paths.simData, ...pages, bank: bankSettings, terminals }));
    const sim = await start<SimReady>('sim', ['--config', paths.simConfig]);
    const { pki } = sim.ready;
    const hubListen = { http: listen.http, grpc: listen.grpc, mqtt: listen.mqtt };
    prepare(
      paths.hubConfig,
      hubConfig({
        dataDir: paths.hubData,
        listen: hubListen,
        bankAddress: sim.ready.bank,
        pki,
        intervals: {},
        scheme,
        apiKeyFile: join(paths.simData, 'api-key'),
      }),
    );
    const hub = await start<HubReady>('hub', ['--config', paths.hubConfig]);
    if (!existsSync(paths.bundle)) await addAgent(paths);
    await addTillToken(paths);
    const addressed = terminals.map((one) => ({ ...one, address: sim.ready.terminals[one.id] ?? one.listen }));
    const cashierPinFile = join(paths.agentData, 'cashiers.json');
    const hubAddresses = { grpc: hub.ready.grpc, mqtt: `mqtts://${hub.ready.mqtt}` };
    prepare(
      paths.agentConfig,
      agentConfig({
        dataDir: paths.agentData,
        listen: listen.localApi,
        cashierPinFile,
        hub: hubAddresses,
        pki,
        terminals: addressed,
        posCompat: { listen: listen.dropIn, terminal: 'front' },
        intervals: {},
      }),
    );
    if (!existsSync(cashierPinFile)) await setCashierPin(paths, CASHIER);
    const agentArgs = ['--bundle', paths.bundle, '--config', paths.agentConfig, '--data', paths.agentData];
    const agent = await start<AgentReady>('agent', agentArgs);
    const till = createTill(() => agent.ready.localApi, paths.tillToken);
    const bank = createBankControl(() => sim.ready.pages);
    const hubClient = createHubClient(() => hub.ready.http, join(paths.hubData, 'http-token'));
    await pairTerminals(till, bank, options.say);
    return {
      till,
      bank,
      hub: hubClient,
      paths,
      dropIn: agent.ready.posCompat ?? '',
      stop,
      welcome: () => welcome(paths, sim.ready, hub.ready, agent.ready),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Of the demonstration only. */
const CASHIER = { name: 'Айгүл', pin: '2580' };

const DESCRIPTIONS: Record<ProgramName, string> = {
  sim: 'the bank and the terminals (simulated)',
  hub: 'the hub with its database and broker',
  agent: 'the agent beside the till',
};

/** Taps "allow" on the simulated v2 terminal, as the technician would, unless it is paired already. */
async function pairTerminals(till: Till, bank: BankControl, say: (line: string) => void): Promise<void> {
  const listed = await eventually('the agent has looked at its terminals', async () => {
    const answer = await till.call('/terminals');
    const terminals = (answer.body.terminals ?? []) as Array<{ id: string; state: string }>;
    return terminals.every((one) => one.state !== 'unreachable') && terminals;
  });
  for (const terminal of listed) {
    if (terminal.state !== 'unpaired') continue;
    say(`  pairing terminal ${terminal.id} …`);
    const pairing = till.call(`/terminals/${terminal.id}/pair`, { body: {} });
    await bank.terminal(terminal.id, 'pairing', { allow: true });
    const paired = await pairing;
    if (paired.status >= 300) throw new Error(`terminal ${terminal.id} did not pair: ${JSON.stringify(paired.body)}`);
  }
}

function welcome(paths: Paths, sim: SimReady, hub: HubReady, agent: AgentReady): string {
  const link = (file: string) => readFileSync(join(paths.agentData, file), 'utf8').trim();
  return `
Tolem runs. Open two windows side by side:

  the till              ${link('till-link')}
  the customer's phone  http://${sim.pages}/phone

Ask for 1 500 ₸ at the till, then scan and confirm it on the phone. Refunds ask for a cashier: ${CASHIER.name}, PIN ${CASHIER.pin}.
The till's link works once; another one is always in ${join(paths.agentData, 'till-link')}.

  customer display      http://${agent.localApi}/display  (in the till's browser)
  POS terminal, v2      http://${sim.pages}/terminal/front
  POS terminal, v1      http://${sim.pages}/terminal/old
  hub: agents, payments http://${hub.http}/        (token: ${join(paths.hubData, 'http-token')})
  LAN API for old tills http://${agent.posCompat}/payment?amount=100  (as a terminal's; not from a browser)
  simulator's controls  http://${sim.pages}/control/openapi.json
  local API             http://${agent.localApi}/v1/openapi.json  (token: ${paths.tillToken})

Logs and data: ${join(paths.hubData, '..')}. Ctrl-C stops everything.
`;
}

function mapValues<Key extends string>(
  record: Record<Key, string>,
  change: (value: string) => string,
): Record<Key, string> {
  return Object.fromEntries(Object.entries<string>(record).map(([key, value]) => [key, change(value)])) as Record<
    Key,
    string
  >;
}
