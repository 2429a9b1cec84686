import { resolve } from 'node:path';
import { createLog, createSystemContext, type LogLevel, loadConfig, TolemError } from '@tolem/base';
import { Command } from 'commander';
import { SIM_PASSPHRASE } from '../certificates/sim-pki.ts';
import { simConfigSchema } from '../sim-config.ts';
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

/** What `run` simulates besides the bank without a configuration file: a terminal of each kind. */
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
  return program;
}

async function run(options: RunOptions, outside: CommandProcess): Promise<void> {
  const context = createSystemContext(createLog({ name: 'kaspi-sim', level: options.logLevel }));
  try {
    const file = options.config === undefined ? {} : { file: options.config };
    const config = loadConfig(simConfigSchema, { envPrefix: 'KASPI_SIM', env: outside.env, ...file });
    const isDemo = options.config === undefined && config.terminals.length === 0;
    const terminals = isDemo ? simConfigSchema.shape.terminals.parse(DEMO_TERMINALS) : config.terminals;
    const dataDir = resolve(options.data ?? config.dataDir);
    const started = await startKaspiSim({ ...config, dataDir, terminals }, context);
    outside.onStop(() => started.stop());
    outside.print(options.readyJson ? readyLine(started) : greeting(started));
  } catch (error) {
    if (!(error instanceof TolemError)) throw error;
    outside.printError(`kaspi-sim: ${error.message}`);
    outside.fail();
  }
}

function readyLine(started: KaspiSim): string {
  const { bankAddress, pagesAddress, terminals, pki } = started;
  return JSON.stringify({ ready: true, bank: bankAddress, pages: pagesAddress, terminals, pki: pki.dir });
}

function greeting(started: KaspiSim): string {
  const { pagesUrl } = started;
  const terminals = Object.entries(started.terminals).map(
    ([id, address]) => `  terminal ${id.padEnd(8)} ${address.padEnd(18)} screen ${pagesUrl}/terminal/${id}`,
  );
  return [
    'kaspi-sim is running. No money moves here.',
    `  start here        ${pagesUrl}`,
    `  bank, scheme 3    ${started.bankUrl}`,
    `  customer's phone  ${pagesUrl}/phone`,
    ...terminals,
    `  certificates      ${started.pki.dir} (client.pfx, passphrase ${SIM_PASSPHRASE})`,
    'Press Ctrl+C to stop.',
  ].join('\n');
}
