import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '@tolem/base';
import {
  type Authority,
  checkChain,
  createRootAuthority,
  deviceIdentityUri,
  issueCertificate,
  keysMatch,
  makeKeyPair,
  readCertificate,
  validFor,
} from '@tolem/pki';
import { HubError } from '../hub-error.ts';
import { PUBLIC_MODE, SECRET_MODE, writeWholeFile } from './secret-file.ts';

/** The device CA outlives its devices; replacing it means enrolling every agent again. */
const AUTHORITY_DAYS = 20 * 365;
/** A server certificate of gRPC and MQTT; renewed at a start with less than a third left. */
const SERVER_DAYS = 825;
/** Until agents renew by themselves, a bundle has to last. */
const AGENT_DAYS = 825;
const DAY_MS = 86_400_000;

export interface ServerIdentity {
  certificatePem: string;
  privateKeyPem: string;
}

export interface AgentCredentials {
  certificatePem: string;
  privateKeyPem: string;
  serial: string;
  expiresAtMs: number;
  spkiSha256: string;
}

/** The CA of the agents' certificates and of our own gRPC and MQTT listeners, kept in `dataDir/ca`. */
export interface DeviceAuthority {
  readonly chain: string;
  readonly certificatePem: string;
  /** The listeners' certificate for these host names and addresses, beside `localhost` and 127.0.0.1. */
  serverIdentity(hosts: string[]): Promise<ServerIdentity>;
  /** A new key and certificate for an agent. The key is given away with the bundle and not kept. */
  issueForAgent(agentId: string, days?: number): Promise<AgentCredentials>;
}

/** Opens the device CA, made on first use. Throws `authority_damaged`. */
export async function openDeviceAuthority(options: {
  folder: string;
  chain: string;
  clock: Clock;
}): Promise<DeviceAuthority> {
  const { folder, chain, clock } = options;
  const authority = readAuthority(folder) ?? (await makeAuthority(folder, chain, clock));
  return {
    chain,
    certificatePem: authority.certificatePem,
    serverIdentity: (hosts) => serverIdentity({ folder, authority, clock, hosts }),
    async issueForAgent(agentId, days = AGENT_DAYS) {
      const { privateKeyPem, publicKeyPem } = await makeKeyPair('p256');
      const certificatePem = await issueCertificate(authority, publicKeyPem, {
        subject: { commonName: agentId, organization: chain },
        validity: validFor(clock, days),
        purposes: ['client'],
        keyUses: ['digitalSignature'],
        names: { uris: [deviceIdentityUri(chain, agentId)] },
      });
      const facts = readCertificate(certificatePem);
      const { serial, notAfterMs: expiresAtMs, spkiSha256 } = facts;
      return { certificatePem, privateKeyPem, serial, expiresAtMs, spkiSha256 };
    },
  };
}

function readAuthority(folder: string): Authority | undefined {
  const [certFile, keyFile] = [join(folder, 'ca.crt'), join(folder, 'ca.key')];
  if (!existsSync(certFile) && !existsSync(keyFile)) return undefined;
  try {
    const certificatePem = readFileSync(certFile, 'utf8');
    const privateKeyPem = readFileSync(keyFile, 'utf8');
    const facts = readCertificate(certificatePem);
    if (facts.isAuthority && keysMatch(privateKeyPem, facts.publicKeyPem)) return { certificatePem, privateKeyPem };
  } catch (cause) {
    throw new HubError('authority_damaged', `the device CA in ${folder} can't be read; restore it from a backup`, {
      cause,
    });
  }
  throw new HubError('authority_damaged', `key and certificate of the device CA in ${folder} don't fit together`);
}

async function makeAuthority(folder: string, chain: string, clock: Clock): Promise<Authority> {
  const authority = await createRootAuthority({
    subject: { commonName: `Tolem device CA (${chain})`, organization: chain },
    validity: validFor(clock, AUTHORITY_DAYS),
  });
  // The key first: a certificate without its key would look like damage after a crash between the two.
  writeWholeFile(join(folder, 'ca.key'), authority.privateKeyPem, SECRET_MODE);
  writeWholeFile(join(folder, 'ca.crt'), authority.certificatePem, PUBLIC_MODE);
  return authority;
}

interface ServerIdentityOptions {
  folder: string;
  authority: Authority;
  clock: Clock;
  hosts: string[];
}

async function serverIdentity({ folder, authority, clock, hosts }: ServerIdentityOptions): Promise<ServerIdentity> {
  const wanted = [...new Set(['localhost', '127.0.0.1', ...hosts.filter(isNameOfOurs)])];
  const [certFile, keyFile] = [join(folder, 'server.crt'), join(folder, 'server.key')];
  if (existsSync(certFile) && existsSync(keyFile)) {
    const kept = { certificatePem: readFileSync(certFile, 'utf8'), privateKeyPem: readFileSync(keyFile, 'utf8') };
    if (isUsable(kept, { authority, clock, wanted })) return kept;
  }
  const { privateKeyPem, publicKeyPem } = await makeKeyPair('p256');
  const certificatePem = await issueCertificate(authority, publicKeyPem, {
    subject: { commonName: 'tolem-hub' },
    validity: validFor(clock, SERVER_DAYS),
    purposes: ['server'],
    keyUses: ['digitalSignature'],
    names: {
      dns: wanted.filter((host) => isIP(host) === 0),
      ips: wanted.filter((host) => isIP(host) !== 0),
    },
  });
  writeWholeFile(keyFile, privateKeyPem, SECRET_MODE);
  writeWholeFile(certFile, certificatePem, PUBLIC_MODE);
  return { certificatePem, privateKeyPem };
}

/** A listener on every address is reached by names that it doesn't know: `advertise` tells them. */
function isNameOfOurs(host: string): boolean {
  return host !== '0.0.0.0' && host !== '::';
}

function isUsable(
  kept: ServerIdentity,
  { authority, clock, wanted }: { authority: Authority; clock: Clock; wanted: string[] },
): boolean {
  const verdict = checkChain({
    certificatePem: kept.certificatePem,
    privateKeyPem: kept.privateKeyPem,
    trustedPem: [authority.certificatePem],
    purpose: 'server',
    atMs: clock.nowMs(),
  });
  if (!verdict.trusted) return false;
  const facts = readCertificate(kept.certificatePem);
  const named = [...facts.names.dns, ...facts.names.ips];
  const lastsLong = facts.notAfterMs - clock.nowMs() > (SERVER_DAYS * DAY_MS) / 3;
  return lastsLong && wanted.every((host) => named.includes(host));
}
