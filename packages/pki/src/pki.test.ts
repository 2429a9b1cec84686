import { createVirtualClock } from '@tolem/base';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Authority,
  BANK_REQUEST_USES,
  checkChain,
  createBankSigningRequest,
  createIntermediateAuthority,
  createRootAuthority,
  createSigningRequest,
  decryptPrivateKey,
  deviceIdentityUri,
  encryptPrivateKey,
  identityOf,
  issueCertificate,
  issueForRequest,
  type KeyPair,
  keysMatch,
  makeKeyPair,
  parseDeviceIdentityUri,
  readCertificate,
  readSigningRequest,
  spkiSha256,
  splitCertificates,
  validFor,
} from './index.ts';

const clock = createVirtualClock();
const DAY_MS = 86_400_000;
let root: Authority;
let intermediate: Authority;
let stranger: Authority;
let key: KeyPair;
let leaf: string;

beforeAll(async () => {
  root = await createRootAuthority({ subject: { commonName: 'Root' }, validity: validFor(clock, 3650) });
  intermediate = await createIntermediateAuthority(root, {
    subject: { commonName: 'Devices' },
    validity: validFor(clock, 1825),
  });
  stranger = await createRootAuthority({ subject: { commonName: 'Root' }, validity: validFor(clock, 3650) });
  key = await makeKeyPair('p256');
  leaf = await issueCertificate(intermediate, key.publicKeyPem, {
    subject: { commonName: 'agent-1' },
    validity: validFor(clock, 90),
    purposes: ['client'],
    names: { uris: [deviceIdentityUri('magnum', 'agent-1')], dns: ['box.local'], ips: ['10.0.0.7'] },
  });
});

describe('a certificate', () => {
  it('tells who holds it, for what, how long and with which key', () => {
    const facts = readCertificate(leaf);
    expect(facts.subject).toEqual({ commonName: 'agent-1' });
    expect(facts.names).toEqual({ dns: ['box.local'], ips: ['10.0.0.7'], uris: ['tolem://magnum/agent-1'] });
    expect(facts.purposes).toEqual(['client']);
    expect(facts.keyUses).toEqual(['digitalSignature', 'keyEncipherment']);
    expect(facts.isAuthority).toBe(false);
    expect(facts.spkiSha256).toBe(spkiSha256(key.publicKeyPem));
    expect(facts.notAfterMs).toBe(clock.nowMs() + 90 * DAY_MS);
    expect(facts.serial).toMatch(/^[0-9a-f]{16,40}$/);
  });

  it('of an authority says that it signs others', () => {
    expect(readCertificate(root.certificatePem)).toMatchObject({
      isAuthority: true,
      isSelfIssued: true,
      keyUses: ['keyCertSign', 'cRLSign'],
    });
    expect(readCertificate(intermediate.certificatePem)).toMatchObject({ isAuthority: true, isSelfIssued: false });
  });

  it('is found one by one in a bundle', () => {
    const bundle = `some words\n${leaf}${intermediate.certificatePem}`;
    expect(splitCertificates(bundle)).toEqual([leaf, intermediate.certificatePem]);
    expect(() => splitCertificates('nothing')).toThrow(expect.objectContaining({ code: 'certificate_unreadable' }));
    expect(() => readCertificate('nothing')).toThrow(expect.objectContaining({ code: 'certificate_unreadable' }));
  });

  it('of which any byte is damaged is read or refused by our own error, never by a library’s', () => {
    const der = Buffer.from(leaf.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    for (let at = 0; at < der.length; at++) {
      const bytes = Buffer.from(der);
      bytes.writeUInt8(der.readUInt8(at) ^ 0x41, at);
      try {
        readCertificate(bytes);
      } catch (error) {
        expect(error).toMatchObject({ name: 'PkiError', code: 'certificate_unreadable' });
      }
    }
  });
});

describe('a chain', () => {
  const check = (overrides: object) =>
    checkChain({
      certificatePem: leaf,
      intermediatesPem: [intermediate.certificatePem],
      trustedPem: [root.certificatePem],
      purpose: 'client',
      atMs: clock.nowMs(),
      ...overrides,
    });

  it('is trusted from the leaf to the root', () => {
    expect(check({ privateKeyPem: key.privateKeyPem })).toEqual({
      trusted: true,
      path: [leaf, intermediate.certificatePem, root.certificatePem].map((pem) =>
        expect.stringContaining(pem.slice(0, 90)),
      ),
    });
  });

  it('may end at a trusted intermediate', () => {
    expect(check({ trustedPem: [intermediate.certificatePem], intermediatesPem: [] }).trusted).toBe(true);
  });

  it.each([
    ['expired', () => ({ atMs: clock.nowMs() + 91 * DAY_MS })],
    ['not_yet_valid', () => ({ atMs: clock.nowMs() - DAY_MS })],
    ['wrong_issuer', () => ({ trustedPem: [stranger.certificatePem] })],
    ['wrong_issuer', () => ({ intermediatesPem: [] })],
    ['wrong_purpose', () => ({ purpose: 'server' })],
    ['unreadable', () => ({ certificatePem: 'nothing' })],
  ])('is refused as %s', (problem, overrides) => {
    expect(check(overrides())).toMatchObject({ trusted: false, problem });
  });

  it('is refused where the private key is another one', async () => {
    const other = await makeKeyPair('p256');
    expect(check({ privateKeyPem: other.privateKeyPem })).toMatchObject({ trusted: false, problem: 'key_mismatch' });
  });

  it('of an expired certificate is trusted where dates are not asked', () => {
    expect(check({ atMs: clock.nowMs() + 91 * DAY_MS, ignoreDates: true }).trusted).toBe(true);
  });

  it('does not accept a leaf as the issuer of another certificate', async () => {
    const forged = await issueCertificate(
      { certificatePem: leaf, privateKeyPem: key.privateKeyPem },
      key.publicKeyPem,
      {
        subject: { commonName: 'agent-2' },
        validity: validFor(clock, 1),
        purposes: ['client'],
      },
    );
    const verdict = check({ certificatePem: forged, intermediatesPem: [leaf, intermediate.certificatePem] });
    expect(verdict).toMatchObject({ trusted: false, problem: 'wrong_issuer' });
  });
});

describe('a signing request', () => {
  it('for the bank holds what annex 2 asks [QR 3.9, annex 2]', async () => {
    const rsa = await makeKeyPair('rsa2048');
    const subject = {
      country: 'KZ',
      state: 'Almaty Province',
      locality: 'Almaty',
      organization: 'Contoso Ltd.',
      commonName: '203.0.113.7',
      email: 'it@contoso.kz',
    };
    const request = await readSigningRequest(await createBankSigningRequest(rsa.privateKeyPem, subject));
    expect(request.subject).toEqual(subject);
    expect(request.keyUses).toEqual(BANK_REQUEST_USES);
    expect(request.purposes).toEqual(['client']);
    expect(keysMatch(rsa.privateKeyPem, request.publicKeyPem)).toBe(true);
  });

  it('gets a certificate that says what the issuer decided, not what it asked', async () => {
    const pem = await createSigningRequest({
      privateKeyPem: key.privateKeyPem,
      subject: { commonName: 'another-agent' },
      names: { uris: ['tolem://magnum/another-agent'] },
    });
    const issued = await issueForRequest(root, pem, {
      subject: { commonName: 'agent-1' },
      validity: validFor(clock, 1),
      purposes: ['client'],
      names: { uris: ['tolem://magnum/agent-1'] },
    });
    expect(identityOf(readCertificate(issued))).toEqual({ chain: 'magnum', agentId: 'agent-1' });
  });

  it('whose signature is another key’s is refused', async () => {
    const pem = await createSigningRequest({ privateKeyPem: key.privateKeyPem, subject: { commonName: 'a' } });
    const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
    const last = der.length - 1;
    der[last] = (der[last] ?? 0) ^ 1;
    const broken = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----`;
    await expect(readSigningRequest(broken)).rejects.toMatchObject({ code: 'request_not_signed' });
    await expect(readSigningRequest('nothing')).rejects.toMatchObject({ code: 'request_unreadable' });
  });
});

describe('an encrypted private key', () => {
  it('opens with its passphrase only', () => {
    const encrypted = encryptPrivateKey(key.privateKeyPem, 'secret');
    expect(encrypted).toContain('ENCRYPTED PRIVATE KEY');
    expect(decryptPrivateKey(encrypted, 'secret')).toBe(key.privateKeyPem);
    expect(() => decryptPrivateKey(encrypted, 'other')).toThrow(expect.objectContaining({ code: 'passphrase_wrong' }));
    expect(() => decryptPrivateKey(encrypted)).toThrow(expect.objectContaining({ code: 'passphrase_missing' }));
    expect(() => decryptPrivateKey('nothing')).toThrow(expect.objectContaining({ code: 'key_unreadable' }));
    expect(() => encryptPrivateKey(key.privateKeyPem, '')).toThrow(
      expect.objectContaining({ code: 'passphrase_missing' }),
    );
  });
});

describe('a device identity', () => {
  it('is written and read as tolem://chain/agentId', () => {
    expect(parseDeviceIdentityUri(deviceIdentityUri('magnum', 'agent-1'))).toEqual({
      chain: 'magnum',
      agentId: 'agent-1',
    });
  });

  it.each(['tolem://a/b/c', 'tolem://a', 'https://a/b', 'tolem://a/+', 'tolem://a/#', 'tolem://A/b', 'tolem://a/'])(
    'is not read from %s',
    (uri) => expect(parseDeviceIdentityUri(uri)).toBeUndefined(),
  );

  it('is refused with parts that would reach into other topics', () => {
    expect(() => deviceIdentityUri('a', '+/x')).toThrow(expect.objectContaining({ code: 'identity_invalid' }));
  });

  it('is refused where the common name is another agent', () => {
    const facts = readCertificate(leaf);
    expect(() => identityOf({ ...facts, subject: { commonName: 'agent-2' } })).toThrow(
      expect.objectContaining({ code: 'identity_mismatch' }),
    );
    const two = { ...facts.names, uris: ['tolem://magnum/agent-1', 'tolem://magnum/agent-2'] };
    expect(() => identityOf({ ...facts, names: two })).toThrow(expect.objectContaining({ code: 'identity_invalid' }));
  });
});
