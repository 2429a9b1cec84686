import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@tolem/base';
import {
  type Authority,
  createIntermediateAuthority,
  createRootAuthority,
  encryptPrivateKey,
  issueCertificate,
  makeKeyPair,
  type Purpose,
  validFor,
  writePfx,
} from '@tolem/pki';

/** A bank's certificate authority and client certificates of it, written as files the way the bank sends them. */
export interface TestBankPki {
  folder: string;
  rootPem: string;
  /** Files of a certificate under this name: `NAME.pfx`, `NAME.crt`, `NAME.key` (encrypted); all with the passphrase `secret`. */
  issue(name: string, options?: { days?: number; purpose?: Purpose; foreign?: boolean }): Promise<void>;
}

const DAY_MS = 86_400_000;

export async function createTestBankPki(folder: string, clock: Clock): Promise<TestBankPki> {
  const validity = validFor(clock, 3_000);
  const make = async (name: string): Promise<{ root: Authority; issuing: Authority }> => {
    const root = await createRootAuthority({ subject: { commonName: `${name} root` }, validity, algorithm: 'rsa2048' });
    const subject = { commonName: `${name} issuing` };
    return { root, issuing: await createIntermediateAuthority(root, { subject, validity, algorithm: 'rsa2048' }) };
  };
  const [bank, stranger] = await Promise.all([make('Bank'), make('Stranger')]);
  writeFileSync(join(folder, 'ca.crt'), bank.root.certificatePem + bank.issuing.certificatePem);
  writeFileSync(join(folder, 'passphrase'), 'secret\n');
  return {
    folder,
    rootPem: bank.root.certificatePem,
    async issue(name, { days = 1_000, purpose = 'client', foreign = false } = {}) {
      const { issuing } = foreign ? stranger : bank;
      const { privateKeyPem, publicKeyPem } = await makeKeyPair('rsa2048');
      const notAfterMs = clock.nowMs() + days * DAY_MS;
      const certificatePem = await issueCertificate(issuing, publicKeyPem, {
        subject: { commonName: `${name}.example`, organization: 'Contoso Ltd.' },
        validity: { notBeforeMs: Math.min(clock.nowMs(), notAfterMs) - DAY_MS, notAfterMs },
        purposes: [purpose],
      });
      const chainPem = [issuing.certificatePem];
      writeFileSync(join(folder, `${name}.pfx`), writePfx({ privateKeyPem, certificatePem, chainPem }, 'secret'));
      writeFileSync(join(folder, `${name}.crt`), certificatePem + issuing.certificatePem);
      writeFileSync(join(folder, `${name}.key`), encryptPrivateKey(privateKeyPem, 'secret'));
    },
  };
}
