/** What the command line needs of its process; tests play it. */
export interface AgentProcess {
  env: Readonly<Record<string, string | undefined>>;
  /** Standard output: results, and the one line that says ready. */
  print(line: string): void;
  /** Standard error: JSON lines of the log, and complaints. */
  printError(line: string): void;
  /** Text from standard input: a PIN that must not stand in the history of a shell. */
  readLine(question: string): Promise<string>;
  /** Calls back at the first SIGTERM or SIGINT. */
  onStop(stop: () => Promise<void>): void;
  /** Calls back at every SIGHUP. */
  onReload(reload: () => void): void;
  /** Ends the process at once: a bug was found, its supervisor starts it anew. */
  abort(): void;
  setExitCode(code: number): void;
}
