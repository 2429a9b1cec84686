import { Command, CommanderError, Help, type Option } from 'commander';
import { readFileIfThere } from '../config/private-file.ts';
import type { AgentProcess } from './agent-process.ts';
import { AGENT_VERSION } from './agent-version.ts';
import { type CommonOptions, configOf, guarded, withFiles } from './command-options.ts';
import { addPinCommands, addTokenCommands } from './credential-commands.ts';
import { type RunOptions, runAgent } from './run-agent.ts';
import { reportStatus } from './status-report.ts';

/** The command line of `tolem-agent`. Operating errors end as one clear line and exit code 1, wrong usage as 2. */
export function createAgentCommand(host: AgentProcess): Command {
  const program = new Command('tolem-agent')
    .description('Takes Kaspi payments beside the till: QR through the hub, cards and QR at the terminal.')
    .version(AGENT_VERSION)
    .showHelpAfterError('(--help tells more)')
    .configureHelp({ optionDescription })
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
  addPinCommands(program, host);
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

/** Commander doesn't say which options a command can't do without. */
function optionDescription(option: Option): string {
  const text = new Help().optionDescription(option);
  return option.mandatory ? `${text} (required)` : text;
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
