import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type PeerCertificate, type TLSSocket } from 'node:tls';
import { createSystemClock } from '@tolem/base';
import forge from 'node-forge';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Authority,
  createIntermediateAuthority,
  createRootAuthority,
  detectPfx,
  issueCertificate,
  type KeyPair,
  keysMatch,
  makeKeyPair,
  openPfx,
  readCertificate,
  repackPfx,
  validFor,
  writePfx,
} from './index.ts';

const clock = createSystemClock();
const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
let root: Authority;
let intermediate: Authority;
let client: KeyPair;
let clientPem: string;

beforeAll(async () => {
  const options = { validity: validFor(clock, 10), algorithm: 'rsa2048' as const };
  root = await createRootAuthority({ ...options, subject: { commonName: 'Bank root' } });
  intermediate = await createIntermediateAuthority(root, { ...options, subject: { commonName: 'Bank issuing' } });
  client = await makeKeyPair('rsa2048');
  clientPem = await issueCertificate(intermediate, client.publicKeyPem, {
    subject: { commonName: 'shop.example', organization: 'Contoso Ltd.' },
    validity: validFor(clock, 10),
    purposes: ['client'],
  });
});

/** One mutual TLS 1.2 connection; gives what the server saw of the client and the client of the server. */
async function handshake(pfx: Uint8Array, passphrase: string) {
  const key = await makeKeyPair('p256');
  const certificate = await issueCertificate(intermediate, key.publicKeyPem, {
    subject: { commonName: 'bank' },
    validity: validFor(clock, 1),
    purposes: ['server'],
    names: { dns: ['bank.example'], ips: ['127.0.0.1'] },
  });
  const seen: PeerCertificate[] = [];
  const server = createServer(
    {
      key: key.privateKeyPem,
      cert: certificate + intermediate.certificatePem,
      ca: [root.certificatePem, intermediate.certificatePem],
      requestCert: true,
      rejectUnauthorized: true,
      maxVersion: 'TLSv1.2',
    },
    (socket: TLSSocket) => {
      seen.push(socket.getPeerCertificate());
      socket.end('welcome');
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername: 'bank.example',
    ca: root.certificatePem,
    pfx: Buffer.from(pfx),
    passphrase,
  });
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  server.close();
  return { text, authorized: socket.authorized, client: seen[0]?.subject.CN };
}

describe('a PFX', () => {
  it('that we write opens in this runtime’s TLS and carries a mutual connection', async () => {
    const pfx = writePfx(
      { privateKeyPem: client.privateKeyPem, certificatePem: clientPem, chainPem: [intermediate.certificatePem] },
      'secret',
    );
    expect(detectPfx(pfx, 'secret')).toBe('modern');
    expect(await handshake(pfx, 'secret')).toEqual({ text: 'welcome', authorized: true, client: 'shop.example' });
  });

  it('is read back as it was written', () => {
    const pfx = writePfx(
      { privateKeyPem: client.privateKeyPem, certificatePem: clientPem, chainPem: [intermediate.certificatePem] },
      'secret',
    );
    const content = openPfx(pfx, 'secret');
    expect(content.privateKeyPem).toBe(client.privateKeyPem);
    expect(readCertificate(content.certificatePem).sha256).toBe(readCertificate(clientPem).sha256);
    expect(content.chainPem.map((pem) => readCertificate(pem).subject.commonName)).toEqual(['Bank issuing']);
  });

  it('with a wrong passphrase is told from one that is no PFX', () => {
    const pfx = writePfx({ privateKeyPem: client.privateKeyPem, certificatePem: clientPem, chainPem: [] }, 'secret');
    expect(detectPfx(pfx, 'other')).toBe('wrong_passphrase');
    expect(detectPfx(fixture('rc2-40.pfx'), 'other')).toBe('wrong_passphrase');
    expect(detectPfx(Buffer.from('hello'), 'secret')).toBe('not_a_pfx');
    expect(detectPfx(Buffer.from(clientPem), 'secret')).toBe('not_a_pfx');
    expect(detectPfx(Buffer.from([0x30, 0x03, 0x02, 0x01, 0x03]), 'secret')).toBe('not_a_pfx');
    expect(detectPfx(new Uint8Array(2_000_000), 'secret')).toBe('not_a_pfx');
    expect(() => openPfx(pfx, 'other')).toThrow(expect.objectContaining({ code: 'passphrase_wrong' }));
  });

  it('in the old RC2-40 form is found legacy, and modern once re-packed', () => {
    const old = fixture('rc2-40.pfx');
    expect(detectPfx(old, 'old-secret')).toBe('legacy');
    const renewed = repackPfx(old, 'old-secret', 'new-secret');
    expect(detectPfx(renewed, 'new-secret')).toBe('modern');
    const { privateKeyPem, certificatePem } = openPfx(renewed, 'new-secret');
    expect(keysMatch(privateKeyPem, readCertificate(certificatePem).publicKeyPem)).toBe(true);
    expect(readCertificate(certificatePem).subject.commonName).toBe('legacy.example');
  });

  it('encrypted with 3DES opens as it is, and is re-packed like any other', () => {
    expect(detectPfx(fixture('3des.pfx'), 'old-secret')).toBe('modern');
    expect(detectPfx(repackPfx(fixture('3des.pfx'), 'old-secret'), 'old-secret')).toBe('modern');
  });

  it('made by OpenSSL 3 is modern and readable, with an RSA or a P-256 key', () => {
    expect(detectPfx(fixture('openssl3.pfx'), 'new-secret')).toBe('modern');
    expect(readCertificate(openPfx(fixture('openssl3.pfx'), 'new-secret').certificatePem).subject.organization).toBe(
      'Contoso Ltd.',
    );
    expect(detectPfx(fixture('openssl3-p256.pfx'), 's')).toBe('modern');
    expect(openPfx(fixture('openssl3-p256.pfx'), 's').privateKeyPem).toContain('PRIVATE KEY');
  });

  it('that asks for hours of key derivation is refused at once, wherever it asks', () => {
    const structure = () => forge.asn1.fromDer(fixture('3des.pfx').toString('binary'));
    const der = (one: forge.asn1.Asn1) => Buffer.from(forge.asn1.toDer(one).getBytes(), 'binary');
    const bombs = [0, 1, 2].map((place) => {
      const bomb = structure();
      let seen = 0;
      setRounds(bomb, () => seen++ === place);
      return der(bomb);
    });
    expect(bombs.every((bomb) => bomb.length > fixture('3des.pfx').length)).toBe(true);
    expect(bombs.map((bomb) => detectPfx(bomb, 'old-secret'))).toEqual(['not_a_pfx', 'not_a_pfx', 'not_a_pfx']);
    expect(() => openPfx(bombs[0] ?? Buffer.alloc(0), 'old-secret')).toThrow(/would take hours/);
  });

  it('is not written for other keys or passphrases that libraries read differently', async () => {
    const p256 = await makeKeyPair('p256');
    const content = { privateKeyPem: p256.privateKeyPem, certificatePem: clientPem, chainPem: [] };
    expect(() => writePfx(content, 'secret')).toThrow(expect.objectContaining({ code: 'key_unsupported' }));
    const rsa = { ...content, privateKeyPem: client.privateKeyPem };
    expect(() => writePfx(rsa, 'құпия')).toThrow(expect.objectContaining({ code: 'passphrase_unsupported' }));
  });
});

/** Puts two thousand million rounds in the places that `isMeant` chooses, also inside octets. */
function setRounds(node: forge.asn1.Asn1, isMeant: () => boolean): void {
  if (typeof node.value === 'string') {
    if (node.type !== forge.asn1.Type.OCTETSTRING || !node.value.startsWith('\x30')) return;
    const inside = forge.asn1.fromDer(node.value);
    setRounds(inside, isMeant);
    node.value = forge.asn1.toDer(inside).getBytes();
    return;
  }
  for (const [at, member] of node.value.entries()) {
    const isCount = member.type === forge.asn1.Type.INTEGER && node.value[at - 1]?.type === forge.asn1.Type.OCTETSTRING;
    if (!isCount) setRounds(member, isMeant);
    else if (isMeant()) member.value = '\x7f\xff\xff\xff';
  }
}
