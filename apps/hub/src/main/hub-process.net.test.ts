import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ChannelCredentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { wire } from '@tolem/proto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { AgentBundle } from '../identity/agent-bundle.ts';

/** Real processes: the simulated bank, the hub on its own database, and a bare client in the place of an agent. */
const ROOT = join(import.meta.dirname, '../../../..');
const HUB = 'apps/hub/src/main.ts';
const BIN = '180340021791';
const PAYMENT = '018f0000-0000-7000-8000-0000000000e1';

const folder = mkdtempSync(join(tmpdir(), 'tolem-hub-'));
const at = (...parts: string[]) => join(folder, ...parts);
const config = at('hub.yaml');
const children: ChildProcess[] = [];
let sim: { bank: string; pages: string; pki: string };
let ready: { http: string; grpc: string; mqtt: string };
let hub: ChildProcess;
let client: wire.HubServiceClient;
let session: Metadata;

beforeAll(async () => {
  writeFileSync(
    at('sim.yaml'),
    stringify({
      dataDir: at('sim'),
      bank: { listen: '127.0.0.1:0', pollIntervalS: 0.1, scanWaitS: 30, confirmWaitS: 30 },
      pages: { listen: '127.0.0.1:0' },
    }),
  );
  sim = (await startProgram('packages/kaspi-sim/src/main.ts', at('sim.yaml'))).ready;
  copyFileSync(join(sim.pki, 'client.pfx'), at('client.pfx'));
  writeFileSync(
    config,
    stringify({
      dataDir: at('hub'),
      http: { listen: '127.0.0.1:0' },
      grpc: { listen: '127.0.0.1:0' },
      mqtt: { listen: '127.0.0.1:0' },
      kaspi: {
        baseUrl: `https://${sim.bank}/r3/v01`,
        certificate: { pfx: 'client.pfx', passphraseFile: join(sim.pki, 'passphrase') },
        ca: [join(sim.pki, 'kbs_root_ca.crt'), join(sim.pki, 'kbs_ca.crt')],
      },
      organizations: [{ bin: BIN, name: 'Test' }],
    }),
  );
  ({ child: hub, ready } = await startProgram(HUB, config));
  const device = ['--device', 'till-1', '--bin', BIN, '--trade-point', '1'];
  const added = await command(
    'agent',
    'add',
    '--id',
    'till-1',
    '--name',
    'Касса 1',
    ...device,
    '--out',
    at('bundle.json'),
  );
  expect(added).toMatchObject({ code: 0 });
  [client, session] = await connectAgent();
});
afterAll(async () => {
  client?.close();
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function startProgram(entry: string, file: string) {
  const args = [join(ROOT, entry), 'run', '--config', file, '--ready-json'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let log = '';
  child.stderr.on('data', (chunk) => {
    log = (log + String(chunk)).slice(-100_000);
  });
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error(`${entry} ended: ${log}`))),
  ])) as [string];
  return { child, ready: JSON.parse(line), log: () => log };
}

async function command(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [first = '', second = '', ...rest] = args;
  const child = spawn(process.execPath, [join(ROOT, HUB), first, second, '--config', config, ...rest]);
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    err += String(chunk);
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
}

async function connectAgent(): Promise<[wire.HubServiceClient, Metadata]> {
  const bundle = JSON.parse(readFileSync(at('bundle.json'), 'utf8')) as AgentBundle;
  const tls = ChannelCredentials.createSsl(
    Buffer.from(bundle.ca),
    Buffer.from(bundle.key),
    Buffer.from(bundle.certificate),
  );
  const connected = new wire.HubServiceClient(bundle.hub.grpc, tls);
  const hello = await new Promise<wire.HelloResponse>((resolve, reject) =>
    connected.hello({ boot: 'b', epoch: 'e', lastSeq: 0n, hostFingerprint: 'h', version: '1' }, (error, answer) =>
      error ? reject(error) : resolve(answer),
    ),
  );
  expect(hello).toMatchObject({ agentName: 'Касса 1', devices: [{ deviceId: 'till-1', enabled: true }] });
  const metadata = new Metadata();
  metadata.set('tolem-session', hello.session.toString());
  return [connected, metadata];
}

type Answered<Response> = (error: ServiceError | null, response: Response) => void;
const ask = <Response>(send: (done: Answered<Response>) => unknown): Promise<Response> =>
  new Promise((resolve, reject) => send((error, response) => (error ? reject(error) : resolve(response))));

const simCall = async (path: string, body?: unknown) => {
  const post = { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const answer = await fetch(`http://${sim.pages}/control/${path}`, body === undefined ? {} : post);
  return answer.json();
};
const hubCall = async (path: string) => {
  const token = readFileSync(at('hub', 'http-token'), 'utf8').trim();
  const answer = await fetch(`http://${ready.http}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
  return answer.json();
};

it('takes a QR payment from its creation to paid, and gives part of it back', async () => {
  const created = await ask<wire.CreatePaymentResponse>((done) =>
    client.createPayment(
      wire.CreatePaymentRequest.fromPartial({
        paymentId: PAYMENT,
        method: wire.PaymentMethod.QR,
        amount: { tiyn: 150_000n },
      }),
      session,
      done,
    ),
  );
  expect(created.payment).toMatchObject({ status: wire.PaymentStatus.AWAITING_SCAN });
  expect(created.payment?.qrToken).not.toBe('');
  const stream = client.watchPayments(session);
  const seen: wire.PaymentStatus[] = [];
  stream.on('error', () => {});
  stream.on('data', ({ change }: wire.WatchPaymentsResponse) => {
    if (change?.$case === 'payment') seen.push(change.value.status);
  });
  stream.write({ add: [{ paymentId: PAYMENT, version: created.payment?.version ?? 0n }], remove: [] });
  const bankPaymentId = created.payment?.bankPaymentId ?? '';
  await simCall(`purchases/${bankPaymentId}/scan`, {});
  await expect.poll(() => seen, { timeout: 10_000 }).toContain(wire.PaymentStatus.AWAITING_CONFIRMATION);
  await simCall(`purchases/${bankPaymentId}/confirm`, {});
  await expect.poll(() => seen, { timeout: 10_000 }).toContain(wire.PaymentStatus.PAID);
  stream.cancel();

  const refundId = '018f0000-0000-7000-8000-0000000000e2';
  const texts = { reason: 'returned', actor: 'cashier', keyHash: '', bodyHash: '', refundSessionId: '' };
  const request = { refundId, paymentId: PAYMENT, amount: { tiyn: 50_000n }, ...texts };
  await ask<wire.CreateRefundResponse>((done) => client.createRefund(request, session, done));
  await expect
    .poll(() => hubCall(`/payments/${PAYMENT}`), { timeout: 10_000 })
    .toMatchObject({ status: 'paid', amountPaid: '1500.00', refundedAmount: '500.00', refundableAmount: '1000.00' });
  const truth = await simCall('truth');
  expect(truth).toMatchObject({ charges: [{ amount: '1500.00' }], refunds: [{ amount: '500.00' }] });
});

it('lets no second hub run on the same data', async () => {
  const second = await command('run', '--ready-json');
  expect(second).toMatchObject({ code: 1 });
  expect(second.err).toMatch(/another hub runs/);
});

it('takes a new certificate from its file without a restart, and keeps it when the next one is bad', async () => {
  const serving = async () => JSON.parse((await command('cert', 'status', '--json')).out).running;
  const first = await serving();
  copyFileSync(join(sim.pki, 'client2.pfx'), at('client.pfx'));
  hub.kill('SIGHUP');
  await expect.poll(async () => (await serving()).serial, { timeout: 15_000 }).not.toBe(first.serial);
  const second = await serving();
  expect(second.refused).toBeUndefined();

  copyFileSync(join(sim.pki, 'client-expired.pfx'), at('client.pfx'));
  hub.kill('SIGHUP');
  await expect.poll(async () => (await serving()).refused, { timeout: 15_000 }).toMatch(/expired/);
  expect((await serving()).serial).toBe(second.serial);

  copyFileSync(join(sim.pki, 'client-foreign.pfx'), at('client.pfx'));
  hub.kill('SIGHUP');
  await expect.poll(async () => (await serving()).refused, { timeout: 15_000 }).not.toMatch(/expired/);
  expect((await serving()).serial).toBe(second.serial);

  copyFileSync(join(sim.pki, 'client2.pfx'), at('client.pfx'));
  const imported = await command(
    'cert',
    'import',
    '--pfx',
    join(sim.pki, 'client.pfx'),
    '--passphrase-file',
    join(sim.pki, 'passphrase'),
  );
  expect(imported).toMatchObject({ code: 0 });
  hub.kill('SIGHUP');
  await expect.poll(serving, { timeout: 15_000 }).toMatchObject({ origin: 'imported', serial: first.serial });
});

it('stops tidily on SIGTERM, and serves agents added while it was stopped', async () => {
  hub.kill('SIGTERM');
  const [code] = (await once(hub, 'exit')) as [number];
  expect(code).toBe(0);
  expect(existsSync(at('hub', 'admin.sock'))).toBe(false);
  const refused = await command('agent', 'add', '--id', 'till-2', '--out', at('bundle-2.json'));
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.err).toMatch(/port 0/);
  expect(existsSync(at('bundle-2.json'))).toBe(false);
  const listed = await command('agent', 'list', '--json');
  expect(JSON.parse(listed.out)).toMatchObject([{ id: 'till-1' }]);
  const again = await startProgram(HUB, config);
  ready = again.ready;
  expect(await hubCall(`/payments/${PAYMENT}`)).toMatchObject({ status: 'paid', refundedAmount: '500.00' });
  again.child.kill('SIGTERM');
  await once(again.child, 'exit');
});
