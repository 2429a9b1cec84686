import { createLog, createSystemContext, systemFault, TolemError } from '@tolem/base';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { loadAgentConfig } from '../config/agent-config.ts';
import { readFileIfThere } from '../config/private-file.ts';
import { SCOPES, type Scope } from '../tokens/access.ts';
import { CASHIER_SCOPES, removeCashierPin, setCashierPin } from '../tokens/cashier-pins.ts';
import { addToken, readTokens, removeToken } from '../tokens/token-store.ts';
import type { AgentProcess } from './agent-process.ts';
import { AGENT_VERSION } from './agent-version.ts';
import { type RunOptions, runAgent } from './run-agent.ts';
import { reportStatus } from './status-report.ts';

interface CommonOptions {
  config?: string;
  data?: string;
}

/** The command line of `tolem-agent`. Operating errors end as one clear line and exit code 1, wrong usage as 2. */
export function createAgentCommand(host: AgentProcess): Command {
  const program = new Command('tolem-agent')
    .description('Takes Kaspi payments beside the till: QR through the hub, cards and QR at the terminal.')
    .version(AGENT_VERSION)
    .showHelpAfterError('(--help tells more)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.print(text.trimEnd()),
      writeErr: (text) => host.printError(text.trimEnd()),
    });

  withFiles(program.command('run').description('Run the agent until it is interrupted'))
    .option('-b, --bundle <file>', 'identity from `tolem-hub agent add`; stored at first use, later runs need none')
    .option('--ready-json', 'print one line of JSON when ready, instead of a greeting')
    .action((options: RunOptions) => guarded(host, () => runAgent(options, host)));

  withFiles(
    program
      .command('status')
      .description('Ask the running agent how it is, and what to do; exit code 0 it works, 1 trouble, 2 no answer'),
  )
    .option('--json', 'the answers as JSON')
    .action((options: CommonOptions & { json?: true }) =>
      guarded(host, async () => host.setExitCode(await reportStatus(configOf(options, host), options, host))),
    );

  withFiles(program.command('link').description('Print the link that opens the till page; it works once'))
    .option('--display', 'the link of the customer’s display')
    .action((options: CommonOptions & { display?: true }) =>
      guarded(host, async () => printLink(configOf(options, host).dataDir, options.display === true, host)),
    );
  addTokenCommands(program, host);
  addPinCommand(program, host);
  return program;
}

/** Runs the command line; never rejects for what a person can mend. */
export async function runAgentCommand(host: AgentProcess, argv: string[]): Promise<void> {
  try {
    await createAgentCommand(host).parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    host.setExitCode(error.exitCode === 0 ? 0 : 2);
  }
}

function addTokenCommands(program: Command, host: AgentProcess): void {
  const token = program
    .command('token')
    .description('Further tokens of the local API; dataDir/local-token has scope pay');
  withFiles(token.command('add').description('Make a token and print it; only its hash is kept'))
    .requiredOption('--name <name>', 'who will use it')
    .requiredOption('--scope <scopes>', `some of ${SCOPES.join(',')}`, scopesFrom(SCOPES))
    .action((options: CommonOptions & { name: string; scope: Scope[] }) =>
      guarded(host, async () => {
        const { dataDir } = configOf(options, host);
        const context = createSystemContext(silentLog());
        host.print(addToken(dataDir, { name: options.name, scopes: options.scope }, context));
      }),
    );
  withFiles(token.command('list').description('Names, scopes and ages of the tokens')).action(
    (options: CommonOptions) =>
      guarded(host, async () => {
        for (const row of readTokens(configOf(options, host).dataDir)) {
          host.print(`${row.name}\t${row.scopes.join(',')}\t${row.createdAt}`);
        }
      }),
  );
  withFiles(token.command('remove').description('Forget a token; works at once, also on a running agent'))
    .requiredOption('--name <name>')
    .action((options: CommonOptions & { name: string }) =>
      guarded(host, async () => {
        if (removeToken(configOf(options, host).dataDir, options.name)) return host.print('removed');
        host.printError(`tolem-agent: there is no token named ${options.name}`);
        host.setExitCode(1);
      }),
    );
}

function addPinCommand(program: Command, host: AgentProcess): void {
  const pin = program.command('pin').description('PINs of cashiers, for refunds and settling at the till page');
  withFiles(pin.command('set').description('Set a cashier’s PIN, asked for on standard input; 4 to 8 digits'))
    .requiredOption('--name <name>', 'the cashier, as the till page shows it')
    .requiredOption('--scope <scopes>', `some of ${CASHIER_SCOPES.join(',')}`, scopesFrom(CASHIER_SCOPES))
    .action((options: CommonOptions & { name: string; scope: Scope[] }) =>
      guarded(host, async () => {
        const { localApi } = configOf(options, host);
        const digits = await host.readLine('PIN: ');
        await setCashierPin(localApi.cashierPinFile, { name: options.name, scopes: options.scope, pin: digits });
        host.print(`the PIN of ${options.name} is set`);
      }),
    );
  withFiles(pin.command('remove').description('Take a cashier’s PIN away; works at once, also on a running agent'))
    .requiredOption('--name <name>', 'the cashier, as the till page shows it')
    .action((options: CommonOptions & { name: string }) =>
      guarded(host, async () => {
        const { cashierPinFile } = configOf(options, host).localApi;
        const isRemoved = removeCashierPin(cashierPinFile, options.name);
        if (isRemoved) host.print(`the PIN of ${options.name} is removed`);
        else {
          host.printError(`tolem-agent: nobody named ${options.name} has a PIN`);
          host.setExitCode(1);
        }
      }),
    );
}

function withFiles(command: Command): Command {
  return command
    .option(
      '-c, --config <file>',
      'YAML file; environment variables such as TOLEM_AGENT__LOCAL_API__LISTEN override it',
    )
    .option('-d, --data <dir>', 'folder of the journal, the identity and the tokens (default: ./data)');
}

function configOf(options: CommonOptions, host: AgentProcess) {
  return loadAgentConfig({
    env: host.env,
    ...(options.config === undefined ? {} : { file: options.config }),
    ...(options.data === undefined ? {} : { dataDir: options.data }),
  });
}

function printLink(dataDir: string, isDisplay: boolean, host: AgentProcess): void {
  const link = readFileIfThere(`${dataDir}/till-link`)?.trim();
  if (!link) {
    host.printError(`tolem-agent: no link in ${dataDir}: is the agent running with this data folder?`);
    host.setExitCode(1);
    return;
  }
  host.print(isDisplay ? link.replace('/?key=', '/display?key=') : link);
}

function scopesFrom<Known extends Scope>(known: readonly Known[]) {
  return (text: string): Known[] => {
    const words = text.split(',').map((word) => word.trim());
    const scopes = known.filter((scope) => words.includes(scope));
    if (scopes.length === 0 || scopes.length !== new Set(words).size) {
      throw new InvalidArgumentError(`expected some of ${known.join(',')}`);
    }
    return scopes;
  };
}

async function guarded(host: AgentProcess, perform: () => Promise<void>): Promise<void> {
  try {
    await perform();
  } catch (error) {
    const sentence = error instanceof TolemError ? error.message : systemFault(error);
    if (sentence === undefined) throw error;
    host.printError(`tolem-agent: ${sentence}`);
    host.setExitCode(1);
  }
}

function silentLog() {
  return createLog({ name: 'tolem-agent', level: 'silent' });
}
