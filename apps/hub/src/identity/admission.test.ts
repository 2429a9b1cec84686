import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock, createVirtualClock } from '@tolem/base';
import { checkChain, createRootAuthority, issueCertificate, makeKeyPair, readCertificate, validFor } from '@tolem/pki';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFakeHubCore } from '../fake-hub-core.ts';
import { createGatekeeper, VERDICT_MS } from './admission.ts';
import { type DeviceAuthority, openDeviceAuthority } from './device-authority.ts';

const clock = createSystemClock();
const folder = mkdtempSync(join(tmpdir(), 'tolem-ca-'));
let authority: DeviceAuthority;
const der = (pem: string) => new X509Certificate(pem).raw;

beforeAll(async () => {
  authority = await openDeviceAuthority({ folder, chain: 'main', clock });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the device CA', () => {
  it('is made once, its key for the owner alone', async () => {
    const again = await openDeviceAuthority({ folder, chain: 'main', clock });
    expect(again.certificatePem).toBe(authority.certificatePem);
    expect(statSync(join(folder, 'ca.key')).mode & 0o777).toBe(0o600);
  });

  it('names an agent by SAN and CN, for the client end only', async () => {
    const { certificatePem, privateKeyPem, serial } = await authority.issueForAgent('till-1', 30);
    const facts = readCertificate(certificatePem);
    expect(facts).toMatchObject({ serial, purposes: ['client'], names: { uris: ['tolem://main/till-1'] } });
    expect(facts.subject.commonName).toBe('till-1');
    const check = { certificatePem, privateKeyPem, trustedPem: [authority.certificatePem], atMs: clock.nowMs() };
    expect(checkChain({ ...check, purpose: 'client' }).trusted).toBe(true);
    expect(checkChain({ ...check, purpose: 'server' }).trusted).toBe(false);
  });

  it('keeps the listeners’ certificate while it names every host, and issues a new one when it does not', async () => {
    const first = await authority.serverIdentity(['127.0.0.1', 'hub.example.kz', '0.0.0.0']);
    expect(readCertificate(first.certificatePem).names).toMatchObject({
      dns: ['localhost', 'hub.example.kz'],
      ips: ['127.0.0.1'],
    });
    expect(await authority.serverIdentity(['hub.example.kz'])).toEqual(first);
    const other = await authority.serverIdentity(['10.0.0.5']);
    expect(other.certificatePem).not.toBe(first.certificatePem);
  });

  it('refuses to start over damaged files instead of making a new CA', async () => {
    const damaged = mkdtempSync(join(tmpdir(), 'tolem-ca-'));
    await openDeviceAuthority({ folder: damaged, chain: 'main', clock });
    const { privateKeyPem } = await makeKeyPair('p256');
    writeFileSync(join(damaged, 'ca.key'), privateKeyPem);
    await expect(openDeviceAuthority({ folder: damaged, chain: 'main', clock })).rejects.toThrow(/don't fit together/);
    rmSync(join(damaged, 'ca.key'));
    await expect(openDeviceAuthority({ folder: damaged, chain: 'main', clock })).rejects.toThrow(/can't be read/);
    expect(readFileSync(join(damaged, 'ca.crt'), 'utf8')).toContain('BEGIN CERTIFICATE');
    rmSync(damaged, { recursive: true });
  });
});

describe('the gatekeeper', () => {
  const setUp = async () => {
    const virtual = createVirtualClock(clock.nowMs());
    const core = createFakeHubCore(() => virtual.nowMs());
    const gatekeeper = createGatekeeper({ agents: core.agents, chain: 'main', clock: virtual });
    await core.agents.add({ agentId: 'till-1', name: 'n', storeName: 's' });
    const credentials = await authority.issueForAgent('till-1');
    await core.agents.recordCertificate('till-1', credentials);
    return { virtual, core, gatekeeper, certificate: der(credentials.certificatePem) };
  };

  it('lets in the certificate that is the agent’s own', async () => {
    const { gatekeeper, certificate } = await setUp();
    expect(await gatekeeper.admit(certificate)).toMatchObject({ admitted: true, identity: { agentId: 'till-1' } });
  });

  it('sends away everybody else, with the reason', async () => {
    const { gatekeeper, core } = await setUp();
    const reasonOf = async (certificate: Uint8Array | undefined) => {
      const admission = await gatekeeper.admit(certificate);
      return admission.admitted ? 'admitted' : admission.reason;
    };
    const issued = async (agentId: string) => der((await authority.issueForAgent(agentId)).certificatePem);
    expect(await reasonOf(undefined)).toBe('no_certificate');
    expect(await reasonOf(await issued('stranger'))).toBe('unknown_agent');
    expect(await reasonOf(await issued('till-1'))).toBe('replaced');
    await core.agents.add({ agentId: 'till-2', name: 'n', storeName: 's' });
    const second = await issued('till-2');
    await core.agents.revoke({ kind: 'system' }, 'till-2', 'stolen');
    expect(await reasonOf(second)).toBe('revoked');
    const root = await createRootAuthority({ subject: { commonName: 'r' }, validity: validFor(clock, 1) });
    const { publicKeyPem } = await makeKeyPair('p256');
    const made = (commonName: string, uris: string[]) =>
      issueCertificate(root, publicKeyPem, {
        subject: { commonName },
        validity: validFor(clock, 1),
        purposes: ['client'],
        names: { uris },
      });
    expect(await reasonOf(der(await made('till-1', ['tolem://other/till-1'])))).toBe('other_chain');
    expect(await reasonOf(der(await made('till-2', ['tolem://main/till-1'])))).toBe('identity_invalid');
    expect(await reasonOf(der(await made('till-1', [])))).toBe('identity_invalid');
  });

  it('forgets a verdict after two seconds, or at once when told', async () => {
    const { virtual, core, gatekeeper, certificate } = await setUp();
    await gatekeeper.admit(certificate);
    await core.agents.revoke({ kind: 'system' }, 'till-1', 'stolen');
    expect((await gatekeeper.admit(certificate)).admitted).toBe(true);
    await virtual.advance(VERDICT_MS);
    expect((await gatekeeper.admit(certificate)).admitted).toBe(false);
    const agent = core.agentsById.get('till-1');
    delete agent?.revokedAtMs;
    gatekeeper.forget('till-1');
    expect((await gatekeeper.admit(certificate)).admitted).toBe(true);
  });

  it('does not remember a register that failed', async () => {
    const { core, gatekeeper, certificate } = await setUp();
    const { mayConnect } = core.agents;
    core.agents.mayConnect = () => Promise.reject(new Error('database away'));
    await expect(gatekeeper.admit(certificate)).rejects.toThrow('database away');
    core.agents.mayConnect = mayConnect;
    expect((await gatekeeper.admit(certificate)).admitted).toBe(true);
  });
});
