import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createSystemClock } from '@tolem/base';
import { createRootAuthority, deviceIdentityUri, issueCertificate, makeKeyPair, validFor } from '@tolem/pki';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const main = join(import.meta.dirname, '../main.ts');
const shared = mkdtempSync(join(tmpdir(), 'tolem-agent-'));
const bundle = join(shared, 'bundle.json');

interface Ready {
  ready: true;
  localApi: string;
  token: string;
  till: string;
}

/** The real program, with a hub that is not there. */
describe('tolem-agent as a process', () => {
  let folder: string;
  let configFile: string;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    const validity = validFor(createSystemClock(), 30);
    const authority = await createRootAuthority({ subject: { commonName: 'Device CA' }, validity });
    const { privateKeyPem, publicKeyPem } = await makeKeyPair('p256');
    const names = { uris: [deviceIdentityUri('demo', 'till-1')] };
    const subject = { commonName: 'till-1' };
    const certificate = await issueCertificate(authority, publicKeyPem, {
      subject,
      validity,
      purposes: ['client'],
      names,
    });
    const hub = { grpc: '127.0.0.1:1', mqtt: 'mqtts://127.0.0.1:1' };
    const who = { v: 1, agentId: 'till-1', name: 'Касса 1', storeName: 'Магазин 1', chain: 'demo' };
    writeFileSync(
      bundle,
      JSON.stringify({ ...who, hub, ca: authority.certificatePem, certificate, key: privateKeyPem }),
    );
  });
  afterAll(() => rmSync(shared, { recursive: true, force: true }));
  beforeEach(() => {
    folder = mkdtempSync(join(shared, 'run-'));
    configFile = join(folder, 'agent.yaml');
    writeFileSync(
      configFile,
      'localApi: { listen: "127.0.0.1:0" }\nintervals: { createWaitMs: 300, hubGraceMs: 100 }\n',
    );
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  const launch = (args: string[]) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    const log: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
    return { child, log };
  };
  const run = async (...more: string[]) => {
    const { child, log } = launch([
      'run',
      '--config',
      configFile,
      '--data',
      join(folder, 'data'),
      '--ready-json',
      ...more,
    ]);
    const [line] = await Promise.race([
      once(createInterface({ input: child.stdout }), 'line'),
      once(child, 'exit').then(() => Promise.reject(new Error(log.join('\n')))),
    ]);
    return { child, log, ready: JSON.parse(String(line)) as Ready };
  };
  const ask = async (ready: Ready, path: string, body?: unknown) => {
    const response = await fetch(`http://${ready.localApi}/v1${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: {
        authorization: `Bearer ${readFileSync(ready.token, 'utf8').trim()}`,
        'content-type': 'application/json',
        'idempotency-key': 'a-key-of-this-test-1',
      },
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const stopped = async (child: ChildProcess) => {
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    return code;
  };

  it('is ready by one line, refuses QR without a hub with no money moved, and stops tidily', async () => {
    const { child, ready, log } = await run('--bundle', bundle);
    expect(ready).toMatchObject({ ready: true, localApi: expect.stringMatching(/^127\.0\.0\.1:\d+$/) });
    expect(ready.token).toBe(join(folder, 'data/local-token'));
    const refused = await ask(ready, '/payments', { method: 'qr', amount: '10.00' });
    expect(refused).toMatchObject({ status: 503, body: { code: 'hub_unreachable', money: 'none' } });
    const page = await fetch(ready.till, { redirect: 'manual' });
    expect([page.status, page.headers.get('location')]).toEqual([303, '/']);
    expect(await stopped(child)).toBe(0);
    expect(existsSync(join(folder, 'data/run.json'))).toBe(false);
    for (const line of log) expect(() => JSON.parse(line), line).not.toThrow();
    expect(log.join('\n')).not.toMatch(/PRIVATE KEY|tolem_/);
  });

  it('needs the bundle once, and reports its status from another process', async () => {
    const first = await run('--bundle', bundle);
    await stopped(first.child);
    expect(statSync(join(folder, 'data/bundle/bundle.json')).mode & 0o777).toBe(0o600);
    const second = await run();
    const { child } = launch(['status', '--json', '--config', configFile, '--data', join(folder, 'data')]);
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    expect(JSON.parse(String(line))).toMatchObject({ device: { agentId: 'till-1', storeName: 'Магазин 1' } });
    expect((await ask(second.ready, '/device')).body.agentId).toBe('till-1');
  });

  it('stops within its limit while streams and waiting tills are connected', async () => {
    const { child, ready } = await run('--bundle', bundle);
    const authorization = `Bearer ${readFileSync(ready.token, 'utf8').trim()}`;
    const page = await fetch(ready.till, { redirect: 'manual' });
    const cookie = page.headers.get('set-cookie')?.split(';')[0] ?? '';
    const feed = await fetch(`http://${ready.localApi}/page/feed`, { headers: { cookie } });
    expect(feed.status).toBe(200);
    await fetch(`http://${ready.localApi}/v1/health`, { headers: { authorization } });
    const begun = performance.now();
    expect(await stopped(child)).toBe(0);
    expect(performance.now() - begun).toBeLessThan(12_000);
  });

  it('takes over refund limits at SIGHUP, says what needs a restart, and keeps running on a bad file', async () => {
    const { child, ready, log } = await run('--bundle', bundle);
    const heard = (text: string) => expect.poll(() => log.some((line) => line.includes(text))).toBe(true);
    writeFileSync(configFile, 'localApi: { listen: "127.0.0.1:0", refunds: { scope: none } }\nlog: { level: debug }\n');
    child.kill('SIGHUP');
    await heard('"taken":["localApi.refunds"]');
    await heard('change only by a restart');
    writeFileSync(configFile, 'localApi: { listen: nowhere }\n');
    child.kill('SIGHUP');
    await heard('cannot be taken over');
    expect((await ask(ready, '/health')).status).toBe(200);
  });

  it('says that its port is taken', async () => {
    const first = await run('--bundle', bundle);
    writeFileSync(configFile, `localApi: { listen: "${first.ready.localApi}" }\n`);
    const { child, log } = launch(['run', '--bundle', bundle, '--config', configFile, '--data', join(folder, 'other')]);
    const [code] = await once(child, 'exit');
    expect(code).toBe(1);
    expect(log.join('\n')).toContain('another program listens there already');
  });

  it('refuses a data folder that another agent is using', async () => {
    await run('--bundle', bundle);
    const { child, log } = launch(['run', '--config', configFile, '--data', join(folder, 'data')]);
    const [code] = await once(child, 'exit');
    expect(code).toBe(1);
    expect(log.at(-1)).toMatch(/^tolem-agent: /);
  });
});
