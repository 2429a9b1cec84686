import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSilentLog, createSystemContext } from '@tolem/base';
import { createHttpTransport, createQrApi, createQrEmulation, type HttpTransport } from '@tolem/kaspi-core';
import * as compliance from '@tolem/kaspi-core/compliance';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type KaspiSim, startKaspiSim } from '../start-kaspi-sim.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'kaspi-sim-'));
const context = createSystemContext(createSilentLog());

describe.each([
  ['as it comes', {}],
  ['with ids above 2^53 and numbers as device tokens', { hugeIds: true, deviceTokens: 'number' as const }],
  ['without v02', { v02: false }],
])('the QR API client against the simulated bank %s', (name, behaviour) => {
  let started: KaspiSim;
  let http: HttpTransport;
  let turn = 0;

  beforeAll(async () => {
    const bank = { listen: '127.0.0.1:0', ...behaviour };
    const dir = join(dataDir, name.replaceAll(/\W/g, '-'));
    started = await startKaspiSim({ dataDir: dir, bank, pages: { listen: '127.0.0.1:0' } }, context);
    const pfx = readFileSync(join(started.pki.dir, 'client.pfx'));
    const tls = { ca: [started.pki.rootPem], identity: { pfx, passphrase: started.pki.passphrase } };
    http = createHttpTransport({ context, origin: `https://${started.bankAddress}`, tls });
  });
  afterAll(async () => {
    await http.close();
    await started.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  for (const one of compliance.QR_API_COMPLIANCE) {
    it(one.name, () =>
      one.run({
        api: createQrApi({ http, basePath: '/r3/v01', clock: context.clock }),
        emulation: createQrEmulation({ http, basePath: '/r3/v01' }),
        organizationBin: '180340021791',
        newId: () => `id-${++turn}`,
      }),
    );
  }
});
