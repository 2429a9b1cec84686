#!/usr/bin/env node
import { resolve } from 'node:path';
import { createLog, createSystemContext, type LogLevel, loadConfig, TolemError } from '@tolem/base';
import { Command } from 'commander';
import { SIM_PASSPHRASE } from './certificates/sim-pki.ts';
import { simConfigSchema } from './sim-config.ts';
import { type KaspiSim, startKaspiSim } from './start-kaspi-sim.ts';

interface RunOptions {
  config?: string;
  data?: string;
  readyJson?: true;
  logLevel: LogLevel;
}

/** What `run` simulates without a configuration file: the documents' organisation and a terminal of each kind. */
const DEMO_TERMINALS = [
  { id: 'front', listen: '127.0.0.1:8181', api: 'v2' },
  { id: 'old', listen: '127.0.0.1:8182', api: 'v1' },
];

const program = new Command('kaspi-sim')
  .description("Simulates Kaspi's side: the QR API's bank, smart POS terminals and the customer's phone.")
  .addHelpText(
    'after',
    '\nEverything that was charged is told by http://…/control/truth; misbehaviour is ordered at /control/faults.',
  );

program
  .command('run')
  .description('Run the simulator until it is interrupted')
  .option('-c, --config <file>', 'YAML file; environment variables KASPI_SIM__BANK__LISTEN=… override it')
  .option('-d, --data <dir>', 'folder of certificates and state (default ./data-sim)')
  .option('--ready-json', 'print one line of JSON when ready, instead of a greeting')
  .option('--log-level <level>', 'debug, info, warn, error or silent', 'warn')
  .action(run);

await program.parseAsync();

async function run(options: RunOptions): Promise<void> {
  const context = createSystemContext(createLog({ name: 'kaspi-sim', level: options.logLevel }));
  try {
    const source = { envPrefix: 'KASPI_SIM', env: process.env, ...(options.config ? { file: options.config } : {}) };
    const config = loadConfig(simConfigSchema, source);
    const started = await startKaspiSim(
      {
        ...config,
        dataDir: resolve(options.data ?? config.dataDir),
        terminals: options.config ? config.terminals : simConfigSchema.shape.terminals.parse(DEMO_TERMINALS),
      },
      context,
    );
    console.log(options.readyJson ? readyLine(started) : greeting(started));
    stopOnSignals(started);
  } catch (error) {
    if (!(error instanceof TolemError)) throw error;
    console.error(`kaspi-sim: ${error.message}`);
    process.exitCode = 1;
  }
}

function stopOnSignals(started: KaspiSim): void {
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) process.exit(1);
    isStopping = true;
    started.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function readyLine(started: KaspiSim): string {
  const { bankAddress, pagesAddress, terminals, pki } = started;
  return JSON.stringify({ ready: true, bank: bankAddress, pages: pagesAddress, terminals, pki: pki.dir });
}

function greeting(started: KaspiSim): string {
  const terminals = Object.entries(started.terminals).map(
    ([id, address]) => `  terminal ${id.padEnd(8)} ${address}   ${started.pagesUrl}/terminal/${id}`,
  );
  return [
    'kaspi-sim is running. No money moves here.',
    `  bank (r3)         ${started.bankUrl}`,
    `  customer's phone  ${started.pagesUrl}/phone`,
    `  control API       ${started.pagesUrl}/control/openapi.json`,
    ...terminals,
    `  certificates      ${started.pki.dir}  (client.pfx, passphrase ${SIM_PASSPHRASE})`,
    'Press Ctrl+C to stop.',
  ].join('\n');
}
