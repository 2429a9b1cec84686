import type { Context, LogLevel } from '@tolem/base';
import type { OpenCore } from '../main/start-hub.ts';

/** What the command line needs of its process. */
export interface HubProcess {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** Results, on stdout. */
  print(line: string): void;
  /** Messages, on stderr. */
  printError(line: string): void;
  /** Asks a person; `undefined` where there is none (no terminal). */
  ask(question: string, options?: { hidden: boolean }): Promise<string | undefined>;
  /** Time, randomness and a log on stderr. */
  createContext(level: LogLevel): Context;
  openCore: OpenCore;
  /** Creates or updates the schema of the configured database. */
  migrate(options: Omit<Parameters<OpenCore>[0], 'bank' | 'meter'>): Promise<string[]>;
  /** Calls back once at the first request to stop, by a signal; ends the process when `stop` takes too long. */
  onStop(stop: () => Promise<void>): void;
  onReload(reload: () => void): void;
  setExitCode(code: number): void;
}

/** `1`: it could not be done; `2`: the command or the configuration is wrong. */
export const EXIT = { failed: 1, usage: 2 } as const;
