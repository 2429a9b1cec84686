import { readFileSync } from 'node:fs';
import { TolemError } from '@tolem/base';
import {
  decryptPrivateKey,
  detectPfx,
  encryptPrivateKey,
  makeKeyPair,
  openPfx,
  readCertificate,
  splitCertificates,
} from '@tolem/pki';
import type { Dice } from '../dice.ts';
import { damaged } from '../hostile-files.ts';
import { hostileText } from '../hostile-values.ts';
import type { Door, OpenDoor, Verdict } from '../storm.ts';

/** With one round of key derivation: a good one takes a millisecond to open instead of fifty. */
const PFX = readFileSync(new URL('../../../packages/pki/fixtures/one-round.pfx', import.meta.url));
const PASSPHRASE = 's';
const SLOW_MS = 8_000;

type Message = { kind: 'pfx' | 'certificate' | 'key'; bytes: Buffer; passphrase: string };

/** What `cert import` and a running hub read: PFX, certificates in PEM and DER, encrypted keys. */
export const certificateFiles: Door = {
  name: 'certificate-files',
  title: 'PFX, certificate and key files',
  async open() {
    const { certificatePem } = openPfx(PFX, PASSPHRASE);
    const { privateKeyPem } = await makeKeyPair('p256');
    const good = { pem: Buffer.from(certificatePem), key: Buffer.from(encryptPrivateKey(privateKeyPem, 'secret')) };
    return {
      lanes: 1,
      make: (dice) => make(dice, good),
      send: async (message: Message) => judge(message),
      show: ({ kind, bytes, passphrase }) =>
        `${kind} ${JSON.stringify(passphrase)} ${bytes.subarray(0, 1_000).toString('base64')}`,
      async aftermath() {
        return detectPfx(PFX, PASSPHRASE) === 'modern' ? [] : ['a good PFX is refused'];
      },
      async close() {},
    } satisfies OpenDoor<Message> as OpenDoor<unknown>;
  },
};

function make(dice: Dice, good: { pem: Buffer; key: Buffer }): Message {
  const kind = dice.pick(['pfx', 'certificate', 'certificate', 'key'] as const);
  const passphrase = dice.oneIn(3) ? hostileText(dice) : kind === 'key' ? 'secret' : PASSPHRASE;
  const bytes = { pfx: PFX, certificate: good.pem, key: good.key }[kind];
  if (kind === 'pfx' && dice.oneIn(500)) return { kind, passphrase, bytes: Buffer.alloc(2_000_000, 0x30) };
  // Endless nesting of sequences and octets.
  if (dice.oneIn(200))
    return {
      kind,
      passphrase,
      bytes: Buffer.from(dice.pick(['3080', '0480', '2480']).repeat(dice.pick([10, 5_000])), 'hex'),
    };
  return { kind, passphrase, bytes: kind === 'pfx' && dice.oneIn(2) ? shallow(dice, bytes) : damaged(dice, bytes) };
}

/** Damaged so early that no key is derived: most of what a person gives by mistake. */
function shallow(dice: Dice, bytes: Buffer): Buffer {
  return dice.oneIn(2)
    ? bytes.subarray(0, dice.below(bytes.length))
    : Buffer.concat([dice.bytes(1 + dice.below(8)), bytes]);
}

function judge({ kind, bytes, passphrase }: Message): Verdict {
  const startMono = performance.now();
  const verdict = read(() => {
    if (kind === 'pfx') {
      const found = detectPfx(bytes, passphrase);
      if (found === 'modern' || found === 'legacy') openPfx(bytes, passphrase);
      return found;
    }
    if (kind === 'key') return decryptPrivateKey(bytes.toString('utf8'), passphrase) === '' ? 'empty' : 'opened';
    for (const pem of splitCertificates(bytes.toString('utf8'))) readCertificate(pem);
    return 'read';
  });
  const tookMs = performance.now() - startMono;
  const outcome = `${kind} ${verdict.outcome}`;
  if (verdict.fault !== undefined) return { outcome, fault: verdict.fault };
  return tookMs > SLOW_MS ? { outcome, fault: `it took ${Math.round(tookMs)} ms` } : { outcome };
}

function read(run: () => string): Verdict {
  try {
    return { outcome: run() };
  } catch (error) {
    if (!(error instanceof TolemError))
      return { outcome: 'broke', fault: error instanceof Error ? (error.stack ?? '') : String(error) };
    return /PRIVATE KEY|node_modules/.test(error.message)
      ? { outcome: error.code, fault: error.message }
      : { outcome: error.code };
  }
}
