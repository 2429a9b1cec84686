/**
 * The bank in a process of its own, so that its CPU is not counted as the hub's. Two doors with the same certificates:
 * the simulator, whose customers scan and confirm what they are told about, and a bare one, which gives every question
 * about a status the same answer and costs as little as HTTPS can.
 */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createSilentLog, createSystemContext } from '@tolem/base';
import { startKaspiSim } from '@tolem/kaspi-sim';

export interface BankReady {
  /** `127.0.0.1:PORT` */
  sim: string;
  bare: string;
  pkiDir: string;
}

const [dataDir = ''] = process.argv.slice(2);
const context = createSystemContext(createSilentLog());
const bank = { listen: '127.0.0.1:0', pollIntervalS: 0.5, scanWaitS: 600, confirmWaitS: 600 };
const kaspi = await startKaspiSim({ dataDir, bank, terminals: [], pages: { listen: '127.0.0.1:0' } }, context);

const UNSCANNED = JSON.stringify({
  StatusCode: 0,
  Message: 'OK',
  Data: { Status: 'QrTokenCreated', Amount: 1500, StoreName: 'Магазин 1', Address: 'Ауэзова, 65', City: 'Алматы' },
});
const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(UNSCANNED) };
const { server, rootPem, intermediatePem } = kaspi.pki;
const bare = createServer(
  {
    key: server.keyPem,
    cert: server.certificatePem,
    ca: [rootPem, intermediatePem],
    requestCert: true,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    keepAlive: true,
  },
  (request, response) => {
    request.resume();
    response.writeHead(200, headers).end(UNSCANNED);
  },
);
bare.keepAliveTimeout = 120_000;
await new Promise<void>((resolve) => void bare.listen(0, '127.0.0.1', resolve));

/** The hub's process names the purchases whose customers have come. */
process.on('message', (bankPaymentIds: string[]) => {
  for (const id of bankPaymentIds) {
    kaspi.sim.bankControl.act(id, 'scan');
    kaspi.sim.bankControl.act(id, 'confirm');
  }
});
process.on('disconnect', () => process.exit());
const address = `127.0.0.1:${(bare.address() as AddressInfo).port}`;
process.send?.({ sim: kaspi.bankAddress, bare: address, pkiDir: kaspi.pki.dir } satisfies BankReady);
