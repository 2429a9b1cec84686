import { systemFault, TolemError } from '@tolem/base';
import type { Command } from 'commander';
import { type AgentConfig, loadAgentConfig } from '../config/agent-config.ts';
import type { AgentProcess } from './agent-process.ts';

export interface CommonOptions {
  config?: string;
  data?: string;
}

/** The options of every command. */
export function withFiles(command: Command): Command {
  return command
    .option(
      '-c, --config <file>',
      'YAML file; environment variables such as TOLEM_AGENT__LOCAL_API__LISTEN override it',
    )
    .option('-d, --data <dir>', 'folder of the journal, the identity and the tokens (default: ./data)');
}

export function configOf(options: CommonOptions, host: AgentProcess): AgentConfig {
  return loadAgentConfig({
    env: host.env,
    ...(options.config === undefined ? {} : { file: options.config }),
    ...(options.data === undefined ? {} : { dataDir: options.data }),
  });
}

/** What a person can mend ends as one line on stderr and exit code 1. */
export async function guarded(host: AgentProcess, perform: () => Promise<void>): Promise<void> {
  try {
    await perform();
  } catch (error) {
    const sentence = error instanceof TolemError ? error.message : systemFault(error);
    if (sentence === undefined) throw error;
    host.printError(`tolem-agent: ${sentence}`);
    host.setExitCode(1);
  }
}
