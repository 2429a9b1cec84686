import type { KaspiSim } from '../start-kaspi-sim.ts';

/** For a person: where everything is, and where to begin. */
export function greeting(started: KaspiSim, envFile: string): string {
  const { pagesUrl } = started;
  const terminals = Object.entries(started.terminals).map(([id, address]) => {
    const { api } = started.sim.terminals.get(id)?.settings ?? {};
    const url = `${api === 'v2' ? 'https' : 'http'}://${address}`;
    return line(`terminal ${id}, ${api}`, `${url}   screen ${pagesUrl}/terminal/${id}`);
  });
  const banks = Object.entries(started.bankUrls).map(([scheme, url]) => line(`bank, scheme ${scheme}`, url));
  const key = started.bankUrls[1] === undefined ? [] : [line('Api-Key, scheme 1', started.apiKey)];
  return [
    'kaspi-sim is running. No money moves here.',
    line('start here', pagesUrl),
    line("customer's phone", `${pagesUrl}/phone`),
    ...banks,
    ...terminals,
    line('control API', `${pagesUrl}/control/openapi.json`),
    line('certificates', started.pki.dir),
    line(
      '',
      `client.pfx, passphrase ${started.pki.passphrase}; authority kbs_root_ca.crt, of terminals terminal_ca.crt`,
    ),
    ...key,
    line('for a shell', `. ${envFile}`),
    'Press Ctrl+C to stop; purchases, devices and pairings are there again at the next start.',
  ].join('\n');
}

function line(name: string, text: string): string {
  return `  ${name.padEnd(18)}  ${text}`;
}

/** For a program: one line of JSON. */
export function readyLine(started: KaspiSim): string {
  const { bankAddress, scheme, bankUrls, pagesAddress, terminals, pki } = started;
  const banks = Object.fromEntries(Object.entries(bankUrls).map(([each, url]) => [each, new URL(url).host]));
  const apiKey = bankUrls[1] === undefined ? {} : { apiKey: started.apiKey };
  const where = { bank: bankAddress, scheme, banks, ...apiKey, pages: pagesAddress, terminals, pki: pki.dir };
  return JSON.stringify({ ready: true, ...where });
}
