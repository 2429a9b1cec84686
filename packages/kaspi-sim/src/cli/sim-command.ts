import { resolve } from 'node:path';
import { createLog, createSystemContext, type LogLevel, loadConfig, TolemError } from '@tolem/base';
import { Command } from 'commander';
import { SCHEMES } from '../bank/scheme.ts';
import { SIM_PASSPHRASE } from '../certificates/sim-pki.ts';
import { printCatalogue } from '../faults/print-catalogue.ts';
import { type SimConfig, simConfigSchema } from '../sim-config.ts';
import { type KaspiSim, startKaspiSim } from '../start-kaspi-sim.ts';

/** What the command line needs of its process. */
export interface CommandProcess {
  env: Readonly<Record<string, string | undefined>>;
  print(line: string): void;
  printError(line: string): void;
  /** Calls back once at the first request to stop, by a signal. */
  onStop(stop: () => Promise<void>): void;
  fail(): void;
}

interface RunOptions {
  config?: string;
  data?: string;
  readyJson?: true;
  logLevel: LogLevel;
}

/** What `run` simulates without a configuration file: the bank under every scheme and a terminal of each kind. */
const DEMO_TERMINALS = [
  { id: 'front', listen: '127.0.0.1:8181', api: 'v2' },
  { id: 'old', listen: '127.0.0.1:8182', api: 'v1' },
];

export function createSimCommand(outside: CommandProcess): Command {
  const program = new Command('kaspi-sim').description(
    "Simulates Kaspi's side: the QR API's bank, smart POS terminals and the customer's phone. No money moves.",
  );
  program
    .command('run')
    .description('Run the simulator until it is interrupted')
    .option('-c, --config <file>', 'YAML file; environment variables such as KASPI_SIM__BANK__LISTEN override it')
    .option('-d, --data <dir>', 'folder of certificates and state (default: ./data-sim)')
    .option('--ready-json', 'print one line of JSON when ready, instead of a greeting')
    .option('--log-level <level>', 'debug, info, warn, error or silent', 'warn')
    .addHelpText(
      'after',
      '\nOn its pages (http://127.0.0.1:8180): /phone pays codes, /terminal/ID is a terminal’s screen,\n' +
        '/control/openapi.json describes the control API: what was really charged, misbehaviour to order.',
    )
    .action((options: RunOptions) => run(options, outside));
  program
    .command('misbehaviour')
    .description('Print the catalogue of everything that can go wrong on purpose, as Markdown')
    .action(() => outside.print(printCatalogue().trimEnd()));
  return program;
}

async function run(options: RunOptions, outside: CommandProcess): Promise<void> {
  const context = createSystemContext(createLog({ name: 'kaspi-sim', level: options.logLevel }));
  try {
    const file = options.config === undefined ? {} : { file: options.config };
    const config = loadConfig(simConfigSchema, { envPrefix: 'KASPI_SIM', env: outside.env, ...file });
    const isDemo = options.config === undefined && config.terminals.length === 0;
    const demo = isDemo ? demoOf(config) : config;
    const dataDir = resolve(options.data ?? config.dataDir);
    const started = await startKaspiSim({ ...demo, dataDir }, context);
    outside.onStop(() => started.stop());
    outside.print(options.readyJson ? readyLine(started) : greeting(started));
  } catch (error) {
    if (!(error instanceof TolemError)) throw error;
    outside.printError(`kaspi-sim: ${error.message}`);
    outside.fail();
  }
}

function demoOf(config: SimConfig): SimConfig {
  const isElsewhere = config.bank.listeners.length > 0 || config.bank.listen !== undefined;
  const others = SCHEMES.filter((scheme) => scheme !== config.bank.scheme).map((scheme) => ({ scheme }));
  const bank = isElsewhere ? config.bank : { ...config.bank, listeners: others };
  return { ...config, bank, terminals: simConfigSchema.shape.terminals.parse(DEMO_TERMINALS) };
}

function readyLine(started: KaspiSim): string {
  const { bankAddress, scheme, bankUrls, pagesAddress, terminals, pki } = started;
  const banks = Object.fromEntries(Object.entries(bankUrls).map(([each, url]) => [each, new URL(url).host]));
  const apiKey = bankUrls[1] === undefined ? {} : { apiKey: started.apiKey };
  const where = { bank: bankAddress, scheme, banks, ...apiKey, pages: pagesAddress, terminals, pki: pki.dir };
  return JSON.stringify({ ready: true, ...where });
}

function greeting(started: KaspiSim): string {
  const { pagesUrl } = started;
  const terminals = Object.entries(started.terminals).map(
    ([id, address]) => `  terminal ${id.padEnd(8)} ${address.padEnd(18)} screen ${pagesUrl}/terminal/${id}`,
  );
  const banks = Object.entries(started.bankUrls).map(([scheme, url]) => `  bank, scheme ${scheme}    ${url}`);
  return [
    'kaspi-sim is running. No money moves here.',
    `  start here        ${pagesUrl}`,
    ...banks,
    `  customer's phone  ${pagesUrl}/phone`,
    ...terminals,
    `  certificates      ${started.pki.dir} (client.pfx, passphrase ${SIM_PASSPHRASE})`,
    `  Api-Key, scheme 1 ${started.apiKey}`,
    'Press Ctrl+C to stop.',
  ].join('\n');
}
