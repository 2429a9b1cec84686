import { createLog, createSystemContext } from '@tolem/base';
import { type Command, InvalidArgumentError } from 'commander';
import { SCOPES, type Scope } from '../tokens/access.ts';
import { CASHIER_SCOPES, listCashiers, removeCashierPin, setCashierPin } from '../tokens/cashier-pins.ts';
import { addToken, readTokens, removeToken, tokensPath } from '../tokens/token-store.ts';
import type { AgentProcess } from './agent-process.ts';
import { type CommonOptions, configOf, guarded, withFiles } from './command-options.ts';

/** `token add | list | remove`. */
export function addTokenCommands(program: Command, host: AgentProcess): void {
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
        host.printError(`its hash is stored in ${tokensPath(dataDir)}; the token itself is shown this once`);
      }),
    );
  withFiles(token.command('list').description('Names, scopes and ages of the tokens')).action(
    (options: CommonOptions) =>
      guarded(host, async () => {
        const { dataDir } = configOf(options, host);
        const rows = readTokens(dataDir);
        for (const row of rows) host.print(`${row.name}\t${row.scopes.join(',')}\t${row.createdAt}`);
        if (rows.length === 0) host.printError(`tolem-agent: no further tokens in ${tokensPath(dataDir)}`);
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

/** `pin set | list | remove`. */
export function addPinCommands(program: Command, host: AgentProcess): void {
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
        host.printError(`its hash is stored in ${localApi.cashierPinFile}`);
      }),
    );
  withFiles(pin.command('list').description('Names and scopes of the cashiers who have a PIN')).action(
    (options: CommonOptions) =>
      guarded(host, async () => {
        const { cashierPinFile } = configOf(options, host).localApi;
        const cashiers = listCashiers(cashierPinFile);
        for (const { name, scopes } of cashiers) host.print(`${name}\t${scopes.join(',')}`);
        if (cashiers.length === 0) host.printError(`tolem-agent: nobody has a PIN in ${cashierPinFile}`);
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

function silentLog() {
  return createLog({ name: 'tolem-agent', level: 'silent' });
}
