import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '@tolem/base';
import { createRootAuthority, deviceIdentityUri, issueCertificate, makeKeyPair, validFor } from '@tolem/pki';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseBundle, takeIdentity } from './identity-bundle.ts';

const BUNDLE = await bundleOf('till-1');
const OTHER = await bundleOf('till-2');

async function bundleOf(agentId: string) {
  const validity = validFor(createSystemClock(), 30);
  const authority = await createRootAuthority({ subject: { commonName: 'Hub' }, validity });
  const { privateKeyPem: key, publicKeyPem } = await makeKeyPair('p256');
  const certificate = await issueCertificate(authority, publicKeyPem, {
    subject: { commonName: agentId },
    validity,
    purposes: ['client'],
    names: { uris: [deviceIdentityUri('demo', agentId)] },
  });
  return {
    v: 1,
    agentId,
    name: 'Касса 1',
    storeName: 'Магазин 1',
    chain: 'demo',
    hub: { grpc: '127.0.0.1:8443', mqtt: 'mqtts://127.0.0.1:8883' },
    ca: authority.certificatePem,
    certificate,
    key,
  };
}

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tolem-bundle-'));
  file = join(folder, 'bundle.json');
  writeFileSync(file, JSON.stringify(BUNDLE));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the identity bundle', () => {
  it('is stored at its first use, for its owner alone; later runs need none', () => {
    expect(takeIdentity(folder, file)).toEqual(BUNDLE);
    const stored = join(folder, 'bundle/bundle.json');
    expect(statSync(stored).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'bundle')).mode & 0o777).toBe(0o700);
    rmSync(file);
    expect(takeIdentity(folder, undefined)).toEqual(BUNDLE);
    expect(takeIdentity(folder, file)).toEqual(BUNDLE);
  });

  it('takes a newer bundle of the same agent, and refuses another agent’s', () => {
    takeIdentity(folder, file);
    writeFileSync(file, JSON.stringify({ ...BUNDLE, name: 'Касса 2' }));
    expect(takeIdentity(folder, file).name).toBe('Касса 2');
    expect(readFileSync(join(folder, 'bundle/bundle.json'), 'utf8')).toContain('Касса 2');
    writeFileSync(file, JSON.stringify(OTHER));
    expect(() => takeIdentity(folder, file)).toThrow(/belongs to the agent till-1.*bundle is for till-2/);
  });

  it('says what to do where there is none', () => {
    expect(() => takeIdentity(folder, undefined)).toThrow(/tolem-hub agent add/);
    expect(() => takeIdentity(folder, join(folder, 'none.json'))).toThrow(/cannot read the bundle .*none.json/);
  });

  it.each([
    [{ ...BUNDLE, v: 2 }, /v:/],
    [{ ...BUNDLE, hub: { grpc: 'x', mqtt: 'mqtt://x' } }, /hub\./],
    [{ ...BUNDLE, certificate: 'nothing' }, /certificate: expected the agent’s certificate as PEM/],
    [{ ...BUNDLE, extra: 1 }, /extra/],
    [{ ...BUNDLE, key: OTHER.key }, /key: it does not belong to the certificate; .*agent add --reissue/],
    [{ ...BUNDLE, key: BUNDLE.key.replace('\nM', '\n!') }, /key: the agent’s private key is damaged/],
    [{ ...BUNDLE, certificate: BUNDLE.certificate.slice(0, -60) }, /certificate: the agent’s certificate is damaged/],
    [{ ...BUNDLE, ca: OTHER.ca }, /certificate: this authority did not issue it/],
    [{ ...BUNDLE, agentId: 'till-2' }, /certificate: it does not name tolem:\/\/demo\/till-2/],
  ])('refuses a wrong one and says where, without its key', (document, message) => {
    const read = () => parseBundle(JSON.stringify(document), 'b.json');
    expect(read).toThrow(message);
    try {
      read();
    } catch (error) {
      expect(String(error)).not.toContain(BUNDLE.key.split('\n')[1]);
    }
    expect(() => parseBundle('{', 'b.json')).toThrow(/not JSON/);
  });
});
