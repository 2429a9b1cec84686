import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createSilentLog, createSystemContext } from '@tolem/base';
import { createHttpTransport, createQrApi, createQrEmulation, type HttpTransport } from '@tolem/kaspi-core';
import { QR_API_COMPLIANCE } from '@tolem/kaspi-core/compliance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KaspiSim, startKaspiSim } from '../start-kaspi-sim.ts';

/** The client of kaspi-core and the simulated bank over real mutual TLS pass the suite that the fake bank passes. */
const context = createSystemContext(createSilentLog());
const folder = mkdtempSync(join(tmpdir(), 'tolem-qr-compliance-'));
const organizationBin = '180340021791';
let sim: KaspiSim;
let http: HttpTransport;

beforeAll(async () => {
  const listen = '127.0.0.1:0';
  sim = await startKaspiSim({ dataDir: folder, bank: { listen, hugeIds: true }, pages: { listen } }, context);
  const pfx = readFileSync(join(sim.pki.dir, 'client.pfx'));
  http = createHttpTransport({
    context,
    origin: new URL(sim.bankUrl).origin,
    tls: { identity: { pfx, passphrase: sim.pki.passphrase }, ca: [sim.pki.rootPem] },
  });
});
afterAll(async () => {
  await http?.close();
  await sim?.stop();
  rmSync(folder, { recursive: true });
});

describe.each(['v01', 'v02'] as const)('the client and the simulated bank, status %s', (statusVersion) => {
  it.each(QR_API_COMPLIANCE.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const basePath = new URL(sim.bankUrl).pathname;
    const api = createQrApi({ http, basePath, clock: context.clock, statusVersion });
    const emulation = createQrEmulation({ http, basePath });
    await one.run({ api, emulation, organizationBin, newId: () => context.ids.uuid() });
  });
});

it("the client's example takes a payment and gives a part back", async () => {
  const example = new URL('../../../kaspi-core/examples/take-a-payment.ts', import.meta.url).pathname;
  const [pfx, root] = [join(sim.pki.dir, 'client.pfx'), join(sim.pki.dir, 'kbs_root_ca.crt')];
  const args = [example, sim.bankUrl, pfx, sim.pki.passphrase, root, organizationBin];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  expect(stdout).toContain('Processed means succeeded');
  expect(stdout).toContain('gave 500.00 ₸ back');
  expect(stdout).toContain('1000.00 ₸ of 1500.00 ₸ could still go back');
});
