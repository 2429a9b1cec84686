import { resolve } from 'node:path';
import { createLog, createSystemContext, type LogLevel, loadConfig, TolemError } from '@tolem/base';
import { Command } from 'commander';
import { SCHEMES } from '../bank/scheme.ts';
import { printCatalogue } from '../faults/print-catalogue.ts';
import { type SimConfig, simConfigSchema } from '../sim-config.ts';
import { startKaspiSim } from '../start-kaspi-sim.ts';
import { writeEnvFile } from './env-file.ts';
import { addRecordingCommands } from './recording-commands.ts';
import { greeting, readyLine } from './start-lines.ts';

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

const RUN_HELP = `
Without a configuration file it runs the bank under every scheme, a terminal of each kind and the pages, on loopback:
  8543, 8544, 8545   the bank under scheme 1 (Api-Key), 2 (client certificate), 3 (the same, callers' addresses filtered)
  8180               pages: / lists everything, /phone pays codes, /terminal/ID is a terminal's screen, /control the control API
  8181               terminal "front", API v2 (HTTPS, *.kaspipos.kz);  8182   terminal "old", API v1

Every key of the configuration, with its default: packages/kaspi-sim/kaspi-sim.example.yaml
In the data folder: pki/ (client.pfx, PEM files, passphrase, authorities), api-key (scheme 1), env.sh (all of it as shell variables),
bank.jsonl, truth.jsonl, terminal-ID.jsonl (the state; remove the folder to begin anew).
A walk through every payment and refund with curl: packages/kaspi-sim/README.md`;

export function createSimCommand(outside: CommandProcess): Command {
  const program = new Command('kaspi-sim').description(
    "Simulates Kaspi's side: the QR API's bank, smart POS terminals and the customer's phone. No money moves.",
  );
  program.addHelpText('after', '\n`kaspi-sim run --help`, `record --help` and `replay --help` explain every option.');
  program
    .command('run', { isDefault: true })
    .description('Run the simulator until it is interrupted (also without the word)')
    .option('-c, --config <file>', 'YAML file; environment variables such as KASPI_SIM__BANK__LISTEN override it')
    .option('-d, --data <dir>', 'folder of certificates, keys and state, made at the first start (default: ./data-sim)')
    .option('--ready-json', 'print one line of JSON when ready, instead of a greeting')
    .option('--log-level <level>', 'debug, info, warn, error or silent', 'warn')
    .addHelpText('after', RUN_HELP)
    .action((options: RunOptions) => run(options, outside));
  addRecordingCommands(program, outside);
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
    const envFile = writeEnvFile(dataDir, started);
    outside.print(options.readyJson ? readyLine(started) : greeting(started, envFile));
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
