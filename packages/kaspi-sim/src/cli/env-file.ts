import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { KaspiSim } from '../start-kaspi-sim.ts';

const ENV_FILE = 'env.sh';

/** Every address, and where the keys are, as shell variables: `. data-sim/env.sh`, and the README's commands work as they stand. */
function envVariables(started: KaspiSim): Record<string, string> {
  const banks = Object.entries(started.bankUrls).map(([scheme, url]) => [`SIM_R${scheme}`, url]);
  const terminals = Object.entries(started.terminals).map(([id, address]) => [
    `SIM_TERMINAL_${id.toUpperCase().replaceAll(/\W/g, '_')}`,
    address,
  ]);
  return Object.fromEntries([
    ...banks,
    ...terminals,
    ['SIM_PAGES', started.pagesUrl],
    ['SIM_PKI', resolve(started.pki.dir)],
    ['SIM_PASSPHRASE', started.pki.passphrase],
    ['SIM_API_KEY', started.apiKey],
  ]);
}

export function writeEnvFile(dataDir: string, started: KaspiSim): string {
  const file = join(dataDir, ENV_FILE);
  const quoted = Object.entries(envVariables(started)).map(
    ([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`,
  );
  writeFileSync(file, `# Written by kaspi-sim at its start.\n${quoted.join('\n')}\n`, { mode: 0o600 });
  return file;
}
