import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '@tolem/base';
import {
  type Authority,
  createIntermediateAuthority,
  createRootAuthority,
  encryptPrivateKey,
  issueCertificate,
  makeKeyPair,
  readCertificate,
  type Validity,
  validFor,
  writePfx,
} from '@tolem/pki';
import { SimError } from '../sim-error.ts';

/** The passphrase of every client key and PFX that the simulator makes: these keys open nothing but the simulator. */
export const SIM_PASSPHRASE = 'kaspi-sim';

/** The clients: two valid ones (for swaps), one that has expired, one of another authority. */
const CLIENTS = ['client', 'client2', 'client-expired', 'client-foreign'] as const;
type ClientName = (typeof CLIENTS)[number];

const YEARS_5 = 5 * 365;
const SERVER_NAMES = ['localhost', 'mtokentest.kaspi.kz', 'qrapi-cert-ip.kaspi.kz'];

export interface SimPki {
  dir: string;
  passphrase: string;
  rootPem: string;
  intermediatePem: string;
  server: { keyPem: string; certificatePem: string };
  /** The authority and wildcard certificate of terminals. */
  terminalAuthorityPem: string;
  terminal: { keyPem: string; certificatePem: string };
}

/**
 * The bank's certificates as a merchant would get them [QR 3.9 annex 1, 2], made once in `dir` and read ever after:
 * `kbs_root_ca.crt`, `kbs_ca.crt`, `server.{crt,key}`, `<client>.{pfx,crt,key}` with an encrypted key (also as
 * `client-cert.pem`, `client-key.pem`), `passphrase`, `terminal_ca.crt`, `terminal.{crt,key}`. Throws `data_unusable`.
 */
export async function openSimPki(dir: string, context: Context): Promise<SimPki> {
  try {
    mkdirSync(dir, { recursive: true });
    if (!isUsable(dir, context)) await makePki(dir, context);
    return readPki(dir);
  } catch (cause) {
    throw new SimError('data_unusable', `the simulator's certificates in ${dir} can't be used: ${String(cause)}`, {
      cause,
    });
  }
}

/** Written last, so that a half-made folder is made again. */
const SEAL = 'passphrase';

function isUsable(dir: string, context: Context): boolean {
  if (!existsSync(join(dir, SEAL))) return false;
  const { notAfterMs } = readCertificate(readText(dir, 'server.crt'));
  return notAfterMs > context.clock.nowMs();
}

async function makePki(dir: string, context: Context): Promise<void> {
  const validity = validFor(context.clock, YEARS_5);
  const authority = (commonName: string) => ({
    subject: { country: 'KZ', organization: 'Kaspi Sim', commonName },
    validity,
  });
  const [root, terminalRoot, foreign, keys] = await Promise.all([
    createRootAuthority({ ...authority('KBS Root CA (simulated)'), algorithm: 'rsa2048' }),
    createRootAuthority(authority('Kaspi POS CA (simulated)')),
    createRootAuthority({ ...authority('Somebody Else CA'), algorithm: 'rsa2048' }),
    Promise.all(CLIENTS.map(() => makeKeyPair('rsa2048'))),
  ]);
  const issuing = await createIntermediateAuthority(root, { ...authority('KBS CA (simulated)'), algorithm: 'rsa2048' });
  write(dir, 'kbs_root_ca.crt', root.certificatePem);
  write(dir, 'kbs_ca.crt', issuing.certificatePem);
  write(dir, 'terminal_ca.crt', terminalRoot.certificatePem);
  await writeServer(dir, 'server', issuing, { dns: SERVER_NAMES, ips: ['127.0.0.1', '::1'] }, validity);
  await writeServer(dir, 'terminal', terminalRoot, { dns: ['*.kaspipos.kz'] }, validity);
  for (const [index, name] of CLIENTS.entries()) {
    const { privateKeyPem = '', publicKeyPem = '' } = keys[index] ?? {};
    const certificatePem = await issueCertificate(name === 'client-foreign' ? foreign : issuing, publicKeyPem, {
      subject: { country: 'KZ', locality: 'Almaty', organization: 'Contoso Ltd.', commonName: `${name}.example` },
      validity: validityOf(name, context),
      purposes: ['client'],
      keyUses: ['digitalSignature', 'nonRepudiation', 'keyEncipherment', 'dataEncipherment'],
    });
    const encryptedPem = encryptPrivateKey(privateKeyPem, SIM_PASSPHRASE);
    const chainPem = name === 'client-foreign' ? [] : [issuing.certificatePem];
    write(dir, `${name}.crt`, certificatePem);
    write(dir, `${name}.key`, encryptedPem);
    write(dir, `${name}-cert.pem`, certificatePem);
    write(dir, `${name}-key.pem`, encryptedPem);
    write(dir, `${name}.pfx`, writePfx({ privateKeyPem, certificatePem, chainPem }, SIM_PASSPHRASE));
  }
  write(dir, SEAL, SIM_PASSPHRASE);
}

function validityOf(name: ClientName, context: Context): Validity {
  const nowMs = context.clock.nowMs();
  const dayMs = 86_400_000;
  if (name === 'client-expired') return { notBeforeMs: nowMs - 30 * dayMs, notAfterMs: nowMs - dayMs };
  return validFor(context.clock, YEARS_5);
}

async function writeServer(
  dir: string,
  name: string,
  issuer: Authority,
  names: { dns: string[]; ips?: string[] },
  validity: Validity,
): Promise<void> {
  const { privateKeyPem, publicKeyPem } = await makeKeyPair('p256');
  const options = { subject: { commonName: names.dns[0] ?? name }, validity, purposes: ['server' as const], names };
  const leaf = await issueCertificate(issuer, publicKeyPem, options);
  write(dir, `${name}.crt`, leaf + issuer.certificatePem);
  write(dir, `${name}.key`, privateKeyPem);
}

function readPki(dir: string): SimPki {
  return {
    dir,
    passphrase: readText(dir, SEAL),
    rootPem: readText(dir, 'kbs_root_ca.crt'),
    intermediatePem: readText(dir, 'kbs_ca.crt'),
    server: { keyPem: readText(dir, 'server.key'), certificatePem: readText(dir, 'server.crt') },
    terminalAuthorityPem: readText(dir, 'terminal_ca.crt'),
    terminal: { keyPem: readText(dir, 'terminal.key'), certificatePem: readText(dir, 'terminal.crt') },
  };
}

function write(dir: string, name: string, content: string | Uint8Array): void {
  writeFileSync(join(dir, name), content, { mode: 0o600 });
}

function readText(dir: string, name: string): string {
  return readFileSync(join(dir, name), 'utf8');
}
