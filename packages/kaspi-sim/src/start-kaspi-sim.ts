import { join } from 'node:path';
import type { Context } from '@tolem/base';
import { createBankListener } from './bank/bank-listener.ts';
import { defaultListen, type Scheme } from './bank/scheme.ts';
import { openSimPki, type SimPki } from './certificates/sim-pki.ts';
import { drawQr } from './http/draw-qr.ts';
import { createPagesServer } from './http/pages-server.ts';
import { closeListener, explainListen, listenOn, parseListen } from './listening.ts';
import { createSim, type Sim, type Truth } from './sim.ts';
import { type SimConfigInput, simConfigSchema } from './sim-config.ts';
import { listenTerminal } from './terminal/listen-terminal.ts';

export interface KaspiSim {
  /** `https://127.0.0.1:PORT/r3/v01` of `bank.scheme`, to be trusted by `pki.rootPem`. */
  bankUrl: string;
  bankAddress: string;
  scheme: Scheme;
  /** Every scheme's door, `bank.listeners` too: scheme → `https://127.0.0.1:PORT/rN/v01`. */
  bankUrls: Partial<Record<Scheme, string>>;
  /** Scheme 1's key, also in `dataDir/api-key`. */
  apiKey: string;
  /** `http://127.0.0.1:PORT` */
  pagesUrl: string;
  pagesAddress: string;
  /** Terminal id → `127.0.0.1:PORT`. */
  terminals: Record<string, string>;
  pki: SimPki;
  /** The parts, for tests in the same process. */
  sim: Sim;
  truth(): Truth;
  stop(): Promise<void>;
}

/** Starts the bank, the terminals and the pages. Ports may be 0. Throws `address_in_use`, `data_unusable`, or a ZodError on a wrong configuration. */
export async function startKaspiSim(input: SimConfigInput, context: Context): Promise<KaspiSim> {
  const config = simConfigSchema.parse(input);
  const pki = await openSimPki(join(config.dataDir, 'pki'), context);
  const sim = createSim(config, pki, drawQr, context);
  const stops: Array<() => Promise<void>> = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
    sim.close();
  };
  try {
    const bankUrls = await startBank(sim, stops);
    const terminals = await startTerminals(sim, stops);
    const pagesAddress = await startPages(sim, stops);
    const { scheme } = config.bank;
    const bankUrl = bankUrls[scheme] ?? '';
    sim.addresses = { bankUrl, bankUrls, terminals };
    return {
      bankUrl,
      bankAddress: new URL(bankUrl).host,
      bankUrls,
      scheme,
      apiKey: sim.apiKey,
      pagesUrl: `http://${pagesAddress}`,
      pagesAddress,
      terminals,
      pki,
      sim,
      truth: () => sim.truth(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startBank(sim: Sim, stops: Array<() => Promise<void>>): Promise<Partial<Record<Scheme, string>>> {
  const { scheme, listen, listeners } = sim.config.bank;
  const doors = [{ scheme, listen, key: 'bank.listen' }];
  for (const [index, door] of listeners.entries()) {
    doors.push({ scheme: door.scheme, listen: door.listen, key: `bank.listeners.${index}.listen` });
  }
  const urls: Partial<Record<Scheme, string>> = {};
  for (const door of doors) {
    const server = createBankListener({ ...sim, scheme: door.scheme });
    const address = await listenOn(server, door.listen ?? defaultListen(door.scheme), door.key);
    stops.push(() => closeListener(server));
    urls[door.scheme] ??= `https://${address}/r${door.scheme}/v01`;
  }
  return urls;
}

async function startTerminals(sim: Sim, stops: Array<() => Promise<void>>): Promise<Record<string, string>> {
  const { keyPem, certificatePem } = sim.pki.terminal;
  const addresses: Record<string, string> = {};
  for (const [id, terminal] of sim.terminals) {
    const tls = terminal.settings.api === 'v2' ? { certificate: certificatePem, privateKey: keyPem } : undefined;
    const listener = await listenTerminal(terminal, tls);
    stops.push(() => listener.stop());
    addresses[id] = listener.address;
  }
  return addresses;
}

async function startPages(sim: Sim, stops: Array<() => Promise<void>>): Promise<string> {
  const pages = await createPagesServer(sim);
  const { listen } = sim.config.pages;
  try {
    const url = await pages.listen(parseListen(listen));
    stops.push(() => pages.close());
    return new URL(url).host;
  } catch (cause) {
    throw explainListen(cause, listen, 'pages.listen');
  }
}
