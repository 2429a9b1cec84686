import { BaseError, type Context } from '@tolem/base';
import type { Command } from 'commander';
import { formatAddress, type HubConfig, loadHubConfig } from '../config/hub-config.ts';
import { HubError } from '../hub-error.ts';
import { type RunningHub, startHub } from '../main/start-hub.ts';
import { differingKeys } from './differing-keys.ts';
import type { HubProcess } from './hub-process.ts';

export interface ConfigOptions {
  config?: string;
  data?: string;
}

/** The options of every command that reads the configuration. */
export function withConfigOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'YAML file; variables such as TOLEM_HUB__DATABASE__URL override it')
    .option('-d, --data <dir>', 'data folder, instead of dataDir');
}

export function readConfig(options: ConfigOptions, outside: HubProcess): HubConfig {
  const { env, cwd } = outside;
  const file = options.config === undefined ? {} : { file: options.config };
  const data = options.data === undefined ? {} : { TOLEM_HUB__DATA_DIR: JSON.stringify(options.data) };
  try {
    return loadHubConfig({ ...file, env: { ...env, ...data }, cwd });
  } catch (error) {
    const isEmpty = options.config === undefined && !Object.keys(env).some((name) => name.startsWith('TOLEM_HUB__'));
    if (!isEmpty || !(error instanceof BaseError)) throw error;
    throw new HubError('usage', 'no configuration file: name it with --config FILE', { cause: error });
  }
}

export function addRunCommand(program: Command, outside: HubProcess): void {
  withConfigOptions(program.command('run'))
    .description('Run the hub until it is interrupted')
    .option('--ready-json', 'print one line of JSON with the addresses when ready')
    .addHelpText('after', '\nSIGHUP reads configuration and certificate (or Api-Key) again; SIGTERM stops tidily.')
    .action(async (options: ConfigOptions & { readyJson?: true }) => {
      const config = readConfig(options, outside);
      const context = outside.createContext(config.log.level);
      const hub = await startHub({ config, context, openCore: outside.openCore });
      outside.onStop(() => hub.stop());
      outside.onReload(() => {
        reload({ config, context, hub, read: () => readConfig(options, outside) }).catch((error: unknown) =>
          context.log.error({ error }, 'the configuration could not be read again; everything stays as it was'),
        );
      });
      outside.print(options.readyJson ? readyLine(hub) : greeting(hub, config));
    });
}

export function addMigrateCommand(program: Command, outside: HubProcess): void {
  withConfigOptions(program.command('migrate'))
    .description('Create or update the database, then exit (run does it by itself)')
    .action(async (options: ConfigOptions) => {
      const config = readConfig(options, outside);
      await outside.migrate({ config, context: outside.createContext(config.log.level) });
      outside.print('The database is up to date.');
    });
}

async function reload(parts: {
  config: HubConfig;
  context: Context;
  hub: RunningHub;
  read: () => HubConfig;
}): Promise<void> {
  const { config, context, hub } = parts;
  const next = parts.read();
  const { certificate: _certificate, apiKeyFile: _file, ca: _ca, pins: _pins, ...bankBefore } = config.kaspi;
  const { certificate, apiKeyFile, ca, pins, ...bankNow } = next.kaspi;
  const keys = differingKeys({ ...config, kaspi: bankBefore }, { ...next, kaspi: bankNow });
  if (keys.length > 0) context.log.warn({ keys }, 'these keys have changed and need a restart of the hub');
  const kaspi = { ...config.kaspi, ca, pins };
  if (apiKeyFile !== undefined) kaspi.apiKeyFile = apiKeyFile;
  if (certificate === undefined) delete kaspi.certificate;
  else kaspi.certificate = certificate;
  await hub.credentials.reload({ ...config, kaspi });
}

function readyLine(hub: RunningHub): string {
  const [http, grpc, mqtt] = [hub.http, hub.grpc, hub.mqtt].map(formatAddress);
  return JSON.stringify({ ready: true, http, grpc, mqtt });
}

function greeting(hub: RunningHub, config: HubConfig): string {
  return [
    'tolem-hub is running.',
    `  page and API  http://${formatAddress(hub.http)}/  (token: ${config.dataDir}/http-token)`,
    `  agents        gRPC ${formatAddress(hub.grpc)}, MQTT ${formatAddress(hub.mqtt)}`,
    'Press Ctrl+C to stop.',
  ].join('\n');
}
