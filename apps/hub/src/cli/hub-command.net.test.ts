import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSilentLog, createSystemClock, createSystemContext } from '@tolem/base';
import { decryptPrivateKey, identityOf, keysMatch, readCertificate, readSigningRequest } from '@tolem/pki';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { createTestBankPki } from '../certificate/test-bank-pki.ts';
import { createFakeHubCore, type FakeHubCore } from '../fake-hub-core.ts';
import type { AgentBundle } from '../identity/agent-bundle.ts';
import { problem } from '../problem-catalogue.ts';
import { runHubCommand } from './hub-command.ts';
import type { HubProcess } from './hub-process.ts';

const root = mkdtempSync(join(tmpdir(), 'tolem-cli-'));
let folder: string;
let core: FakeHubCore;
let closed: number;
let answers: string[];
let turn = 0;

beforeAll(async () => {
  const pki = await createTestBankPki(root, createSystemClock());
  await pki.issue('client');
  await pki.issue('expired', { days: -5 });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  turn += 1;
  folder = join(root, `run-${turn}`);
  mkdirSync(folder);
  core = createFakeHubCore();
  closed = 0;
  answers = [];
  writeFileSync(join(folder, 'hub.yaml'), stringify(document()));
});

const document = (more: object = {}) => ({
  grpc: { listen: '127.0.0.1:8443' },
  mqtt: { listen: '0.0.0.0:8883', advertise: 'hub.example.kz:8883' },
  kaspi: {
    baseUrl: 'https://127.0.0.1:1/r3/v01',
    certificate: { pfx: join(root, 'client.pfx'), passphraseFile: join(root, 'passphrase') },
    ca: [join(root, 'ca.crt')],
  },
  organizations: [{ bin: '180340021791', name: 'Test' }],
  ...more,
});
const at = (name: string) => join(folder, name);

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  let code = 0;
  const outside: HubProcess = {
    env: {},
    cwd: folder,
    print: (line) => void out.push(line),
    printError: (line) => void err.push(line),
    ask: async () => answers.shift(),
    createContext: () => createSystemContext(createSilentLog()),
    openCore: async () => ({
      core,
      assertAlone: async () => {},
      close: async () => {
        closed += 1;
      },
    }),
    migrate: async () => [],
    onStop() {},
    onReload() {},
    setExitCode: (given) => {
      code = given;
    },
  };
  await runHubCommand(outside, args);
  return { code, out: out.join('\n'), err: err.join('\n') };
}
const withConfig = (...args: string[]) => run(...args, '--config', at('hub.yaml'));
const addTill = (...more: string[]) => withConfig('agent', 'add', '--id', 'till-1', '--out', 'bundle.json', ...more);

describe('the command itself', () => {
  it('helps, and tells an unknown command or option with exit code 2', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, out: expect.stringContaining('agent') });
    expect(await run('agent', 'add', '--help')).toMatchObject({
      code: 0,
      out: expect.stringContaining('--trade-point'),
    });
    expect(await run('dance')).toMatchObject({ code: 2, err: expect.stringContaining('unknown command') });
    expect(await run('run', '--fast')).toMatchObject({ code: 2, err: expect.stringContaining('unknown option') });
  });

  it('says its version, and in its help which options it cannot do without', async () => {
    expect(await run('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
    expect((await run('agent', 'revoke', '--help')).out).toMatch(/--reason <text>.*\(required\)/);
    const list = (await run('agent', 'device', 'list', '--help')).out;
    expect(list).toMatch(/--agent <id>.*\(required\)/);
    expect(list).not.toMatch(/--config <file>.*\(required\)/);
  });

  it.each([[['run']], [['agent', 'list']], [['cert', 'status']], [['webhook', 'list', '--data', 'elsewhere']]])(
    '%j without a configuration says how to name one',
    async (args) => {
      expect(await run(...args)).toEqual({
        code: 2,
        out: '',
        err: 'tolem-hub: no configuration file: name it with --config FILE',
      });
    },
  );

  it('names the file and the key of a wrong configuration', async () => {
    writeFileSync(at('hub.yaml'), stringify(document({ log: { level: 'loud' } })));
    const answer = await withConfig('run');
    expect(answer.code).toBe(2);
    expect(answer.err).toMatch(/hub\.yaml[\s\S]*log\.level/);
    expect((await run('run', '--config', 'missing.yaml')).err).toMatch(/missing\.yaml/);
  });

  it('does not start without a certificate for the bank, and says how to get one', async () => {
    const { certificate: _left, ...kaspi } = document().kaspi;
    writeFileSync(at('hub.yaml'), stringify(document({ kaspi })));
    expect(await withConfig('run')).toMatchObject({ code: 1, err: expect.stringContaining('tolem-hub cert import') });
  });
});

describe('agent add, while the hub is stopped', () => {
  it('writes a bundle for the owner alone, with which the agent proves who it is', async () => {
    const answer = await addTill('--name', 'Касса 1', '--store', 'Магазин 1');
    expect(answer).toMatchObject({ code: 0 });
    expect(statSync(at('bundle.json')).mode & 0o777).toBe(0o600);
    const bundle = JSON.parse(readFileSync(at('bundle.json'), 'utf8')) as AgentBundle;
    expect(bundle).toMatchObject({
      v: 1,
      agentId: 'till-1',
      name: 'Касса 1',
      storeName: 'Магазин 1',
      chain: 'main',
      hub: { grpc: '127.0.0.1:8443', mqtt: 'mqtts://hub.example.kz:8883' },
    });
    const facts = readCertificate(bundle.certificate);
    expect(identityOf(facts)).toEqual({ chain: 'main', agentId: 'till-1' });
    expect(keysMatch(bundle.key, facts.publicKeyPem)).toBe(true);
    expect(core.agentsById.get('till-1')).toMatchObject({ certificateSerial: facts.serial });
    expect(closed).toBe(1);
  });

  it('registers the device, and still adds the agent when the bank has to wait', async () => {
    const device = ['--device', 'till-1', '--bin', '180340021791', '--trade-point', '1'];
    expect((await addTill(...device)).out).toContain('registered at Test 1');
    core.devices.register = () => Promise.reject(problem('device_not_registered', 'the bank does not answer'));
    const second = await withConfig('agent', 'add', '--id', 'till-2', '--out', 'second.json', ...device);
    expect(second).toMatchObject({ code: 0, err: expect.stringContaining('not registered yet') });
    expect(existsSync(at('second.json'))).toBe(true);
  });

  it('tells with exit code 1 that a device was refused, not that it will come', async () => {
    core.devices.register = () => Promise.reject(problem('trade_point_unknown', 'no trade point 99'));
    const device = ['--device', 'till-1', '--bin', '180340021791', '--trade-point', '99'];
    const refused = { code: 1, err: expect.stringMatching(/was refused.*no trade point 99\n.*agent device add/) };
    expect(await addTill(...device)).toMatchObject(refused);
    expect(existsSync(at('bundle.json'))).toBe(true);
    const more = await withConfig('agent', 'device', 'add', '--agent', 'till-1', ...device);
    expect(more).toMatchObject(refused);
    expect(more.err).not.toContain('yet');
  });

  it('overwrites no bundle and leaves none behind when it fails', async () => {
    await addTill();
    const before = readFileSync(at('bundle.json'), 'utf8');
    expect(await addTill('--reissue')).toMatchObject({ code: 1, err: expect.stringContaining('exists already') });
    expect(readFileSync(at('bundle.json'), 'utf8')).toBe(before);
    const twice = await withConfig('agent', 'add', '--id', 'till-1', '--out', 'other.json');
    expect(twice.code).toBe(1);
    expect(existsSync(at('other.json'))).toBe(false);
  });

  it('gives an agent a new certificate on purpose', async () => {
    await addTill();
    const first = core.agentsById.get('till-1')?.certificateSerial;
    const again = await withConfig('agent', 'add', '--id', 'till-1', '--out', 'new.json', '--reissue');
    expect(again.code).toBe(0);
    expect(core.agentsById.get('till-1')?.certificateSerial).not.toBe(first);
  });

  it.each([
    ['an id with capitals', ['--id', 'Till-1', '--out', 'b.json'], /a–z/],
    ['half a device', ['--id', 't', '--out', 'b.json', '--device', 'd'], /belong together/],
    ['a life that is no number', ['--id', 't', '--out', 'b.json', '--days', 'ten'], /--days/],
    ['no file', ['--id', 't'], /--out/],
  ])('refuses %s', async (_what, args, said) => {
    expect(await withConfig('agent', 'add', ...args)).toMatchObject({ code: 2, err: expect.stringMatching(said) });
    expect(existsSync(at('b.json'))).toBe(false);
    expect(core.agentsById.size).toBe(0);
  });

  it('does not advertise an address that no agent can call', async () => {
    writeFileSync(at('hub.yaml'), stringify(document({ mqtt: { listen: '0.0.0.0:8883' } })));
    expect(await addTill()).toMatchObject({ code: 2, err: expect.stringContaining('mqtt.advertise') });
    writeFileSync(at('hub.yaml'), stringify(document({ grpc: { listen: '127.0.0.1:0' } })));
    expect(await addTill()).toMatchObject({ code: 2, err: expect.stringContaining('port 0') });
  });

  it('adds devices to an agent, lists them, and switches one off and on again', async () => {
    await addTill('--device', 'till-1', '--bin', '180340021791', '--trade-point', '1');
    const device = (...args: string[]) => withConfig('agent', 'device', ...args, '--agent', 'till-1');
    const second = ['--device', 'till-1b', '--bin', '180340021791', '--trade-point', '1'];
    expect((await device('add', ...second)).out).toContain('till-1b registered at Test 1');
    expect(await device('disable', 'till-1')).toMatchObject({ code: 0 });
    const listed = (await device('list')).out;
    expect(listed).toMatch(/till-1\s+disabled\s+BIN 180340021791, trade point 1, Test 1/);
    expect(listed).toMatch(/till-1b\s+enabled/);
    await device('enable', 'till-1');
    const asJson = JSON.parse((await device('list', '--json')).out) as unknown[];
    expect(asJson).toMatchObject([{ deviceId: 'till-1', enabled: true }, { deviceId: 'till-1b' }]);
    expect(JSON.stringify(asJson)).not.toContain('deviceToken');
    expect((await device('disable', 'till-9')).code).toBe(1);
    expect((await withConfig('agent', 'device', 'list', '--agent', 'till-9')).code).toBe(1);
    expect((await withConfig('agent', 'device', 'list')).code).toBe(2);
  });

  it('lists and revokes', async () => {
    expect((await withConfig('agent', 'list')).out).toBe('No agents yet.');
    await addTill('--name', 'Касса 1');
    expect((await withConfig('agent', 'list')).out).toMatch(/till-1\s+never_seen\s+Касса 1/);
    expect(await withConfig('agent', 'revoke', 'till-1', '--reason', 'stolen')).toMatchObject({ code: 0 });
    expect((await withConfig('agent', 'list')).out).toMatch(/till-1\s+revoked/);
    expect((await withConfig('agent', 'revoke', 'till-9', '--reason', 'x')).code).toBe(1);
  });
});

describe('cert csr', () => {
  const subject = [
    '--country',
    'KZ',
    '--state',
    'Almaty Province',
    '--locality',
    'Almaty',
    '--organization',
    'Contoso Ltd.',
    '--common-name',
    'hub.contoso.kz',
    '--email',
    'it@contoso.kz',
  ];

  it('makes what openssl makes in annex 2 [QR 3.9, annex 2]', async () => {
    writeFileSync(at('phrase'), 'correct horse\n');
    expect(await run('cert', 'csr', ...subject, '--passphrase-file', 'phrase')).toMatchObject({ code: 0 });
    const request = await readSigningRequest(readFileSync(at('certrequest.csr'), 'utf8'));
    expect(request.subject).toEqual({
      country: 'KZ',
      state: 'Almaty Province',
      locality: 'Almaty',
      organization: 'Contoso Ltd.',
      commonName: 'hub.contoso.kz',
      email: 'it@contoso.kz',
    });
    expect(request.keyUses).toEqual(['digitalSignature', 'nonRepudiation', 'keyEncipherment', 'dataEncipherment']);
    expect(request.purposes).toEqual(['client']);
    const key = readFileSync(at('private.key'), 'utf8');
    expect(key).toContain('BEGIN ENCRYPTED PRIVATE KEY');
    expect(statSync(at('private.key')).mode & 0o777).toBe(0o600);
    expect(keysMatch(decryptPrivateKey(key, 'correct horse'), request.publicKeyPem)).toBe(true);
  });

  it('asks for what was not given', async () => {
    answers = ['KZ', 'Almaty Province', 'Almaty', 'Contoso Ltd.', '203.0.113.5', 'it@contoso.kz', 'phrase', 'phrase'];
    expect(await run('cert', 'csr')).toMatchObject({ code: 0 });
    answers = ['phrase', 'other'];
    expect(await run('cert', 'csr', ...subject, '--key', 'k', '--out', 'o')).toMatchObject({
      code: 2,
      err: expect.stringContaining('differ'),
    });
  });

  it('never overwrites a key, and makes none for a wrong subject', async () => {
    writeFileSync(at('private.key'), 'precious');
    expect(await run('cert', 'csr', ...subject)).toMatchObject({
      code: 1,
      err: expect.stringContaining('never overwritten'),
    });
    expect(readFileSync(at('private.key'), 'utf8')).toBe('precious');
    const cyrillic = ['cert', 'csr', ...subject, '--organization', 'ТОО Контосо', '--key', 'k.key', '--out', 'o.csr'];
    expect(await run(...cyrillic)).toMatchObject({ code: 2, err: expect.stringContaining('Latin') });
    expect(existsSync(at('k.key'))).toBe(false);
  });
});

describe('cert status and import', () => {
  it('tells how long the certificate lasts, also as JSON', async () => {
    expect((await withConfig('cert', 'status')).out).toMatch(/client\.example[\s\S]*(999|1000) days left/);
    const { out, code } = await withConfig('cert', 'status', '--json');
    expect(JSON.parse(out)).toMatchObject({ origin: 'configured', subject: { commonName: 'client.example' } });
    expect(code).toBe(0);
  });

  it('imports, and from then on speaks of the imported one', async () => {
    const pfx = ['--pfx', join(root, 'client.pfx'), '--passphrase-file', join(root, 'passphrase')];
    expect(await withConfig('cert', 'import', ...pfx)).toMatchObject({ code: 0 });
    expect(JSON.parse((await withConfig('cert', 'status', '--json')).out)).toMatchObject({ origin: 'imported' });
  });

  it('refuses a bad one by name with exit code 1, and half an order with 2', async () => {
    const phrase = ['--passphrase-file', join(root, 'passphrase')];
    const expired = await withConfig('cert', 'import', '--pfx', join(root, 'expired.pfx'), ...phrase);
    expect(expired).toMatchObject({ code: 1, err: expect.stringContaining('expired') });
    const mismatch = ['--cert', join(root, 'client.crt'), '--key', join(root, 'expired.key'), ...phrase];
    expect(await withConfig('cert', 'import', ...mismatch)).toMatchObject({
      code: 1,
      err: expect.stringContaining('key_mismatch'),
    });
    expect(await withConfig('cert', 'import', '--cert', 'a')).toMatchObject({ code: 2 });
    expect(await withConfig('cert', 'import', '--pfx', 'a')).toMatchObject({ code: 2 });
  });

  it('says with exit code 1 that an expired certificate can not serve', async () => {
    const { kaspi } = document();
    const certificate = { pfx: join(root, 'expired.pfx'), passphraseFile: join(root, 'passphrase') };
    writeFileSync(at('hub.yaml'), stringify(document({ kaspi: { ...kaspi, certificate } })));
    expect(await withConfig('cert', 'status')).toMatchObject({ code: 1, out: expect.stringContaining('expired') });
  });
});
