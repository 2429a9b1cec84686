import { BaseError, ProblemError, systemFault, TolemError } from '@tolem/base';
import { Command, CommanderError, Help, type Option } from 'commander';
import { HubError } from '../hub-error.ts';
import { addAgentCommands } from './agent-commands.ts';
import { addCertificateCommands } from './certificate-commands.ts';
import { EXIT, type HubProcess } from './hub-process.ts';
import { HUB_VERSION } from './hub-version.ts';
import { addMigrateCommand, addRunCommand } from './run-command.ts';
import { addWebhookCommands } from './webhook-commands.ts';

/** `tolem-hub …`; never rejects for an operating failure: it says what is wrong on stderr and sets the exit code. */
export async function runHubCommand(outside: HubProcess, args: string[]): Promise<void> {
  const program = new Command('tolem-hub')
    .description('The hub of a chain: calls Kaspi, keeps every payment and refund, sees every till and machine.')
    .version(HUB_VERSION)
    .configureHelp({ optionDescription })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => outside.print(text.trimEnd()),
      writeErr: (text) => outside.printError(text.trimEnd()),
    })
    .showHelpAfterError('(tolem-hub --help tells more)');
  addRunCommand(program, outside);
  addMigrateCommand(program, outside);
  addCertificateCommands(program, outside);
  addAgentCommands(program, outside);
  addWebhookCommands(program, outside);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    outside.setExitCode(report(error, outside));
  }
}

/** Commander doesn't say which options a command can't do without. */
function optionDescription(option: Option): string {
  const text = new Help().optionDescription(option);
  return option.mandatory ? `${text} (required)` : text;
}

function report(error: unknown, outside: HubProcess): number {
  // Commander has printed what it had to say.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
  const sentence = sentenceOf(error);
  if (sentence === undefined) throw error;
  outside.printError(`tolem-hub: ${sentence}`);
  const isUsage = (error instanceof HubError && error.code === 'usage') || error instanceof BaseError;
  return isUsage ? EXIT.usage : EXIT.failed;
}

/** What a person can mend has a sentence; anything else is a bug. */
function sentenceOf(error: unknown): string | undefined {
  if (error instanceof ProblemError) return error.problem.detail;
  return error instanceof TolemError ? error.message : systemFault(error);
}
