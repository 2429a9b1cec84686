import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BaseError, readSmallFile, sha256Hex } from '@tolem/base';
import { z } from 'zod';
import { identityFault } from './identity-check.ts';
import { readFileIfThere, writePrivateFile } from './private-file.ts';

/** PEM blocks end with a line of dashes; a bundle of a few certificates stays far below this. */
const PEM_CHARS_MAX = 64 * 1024;
const FILE_BYTES_MAX = 4 * PEM_CHARS_MAX;

const pem = (label: RegExp, what: string) => z.string().max(PEM_CHARS_MAX).regex(label, `expected ${what} as PEM text`);

const bundleSchema = z.strictObject({
  v: z.literal(1),
  agentId: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/),
  name: z.string().min(1).max(200),
  storeName: z.string().max(200),
  chain: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/),
  hub: z.strictObject({ grpc: z.string().min(3).max(300), mqtt: z.string().startsWith('mqtts://').max(300) }),
  ca: pem(/-----BEGIN CERTIFICATE-----/, 'the certificate of the hub’s authority'),
  certificate: pem(/-----BEGIN CERTIFICATE-----/, 'the agent’s certificate'),
  key: pem(/-----BEGIN (EC |RSA )?PRIVATE KEY-----/, 'the agent’s private key'),
});

/** Who this agent is and where its hub answers, as `tolem-hub agent add` writes it. */
export type IdentityBundle = z.output<typeof bundleSchema>;

/**
 * The identity to run with: the bundle given (stored under `dataDir/bundle`, 0600, at its first use) or the one stored
 * before. Throws `config_invalid` where there is none, where it cannot be read, or where it names another agent than the
 * data belongs to.
 */
export function takeIdentity(dataDir: string, bundleFile: string | undefined): IdentityBundle {
  const storedPath = join(dataDir, 'bundle', 'bundle.json');
  const storedText = readFileIfThere(storedPath);
  const stored = storedText === undefined ? undefined : parseBundle(storedText, storedPath);
  if (stored && (bundleFile === undefined || !existsSync(bundleFile))) return stored;
  if (bundleFile === undefined) {
    throw new BaseError(
      'config_invalid',
      'this agent has no identity yet: give the bundle that `tolem-hub agent add` wrote by --bundle FILE',
    );
  }
  const text = readBundleFile(bundleFile);
  const given = parseBundle(text, bundleFile);
  if (stored && (stored.agentId !== given.agentId || stored.chain !== given.chain)) {
    throw new BaseError(
      'config_invalid',
      `${dataDir} belongs to the agent ${stored.agentId} of ${stored.chain}, the bundle is for ${given.agentId} of ${given.chain}: use another data folder`,
    );
  }
  if (storedText === undefined || sha256Hex(storedText) !== sha256Hex(text)) {
    mkdirSync(join(dataDir, 'bundle'), { recursive: true, mode: 0o700 });
    writePrivateFile(storedPath, text, 0o600);
  }
  return given;
}

/** Throws `config_invalid` naming what is wrong, never quoting the key. */
export function parseBundle(text: string, from: string): IdentityBundle {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new BaseError('config_invalid', `${from} is not JSON`);
  }
  const result = bundleSchema.safeParse(document);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `  ${issue.path.join('.') || '(root)'}: ${issue.message}`);
    throw new BaseError('config_invalid', `${from} is not a bundle of an agent:\n${problems.join('\n')}`);
  }
  const fault = identityFault(result.data);
  if (fault === undefined) return result.data;
  const advice = 'it was damaged on its way: copy it again, or make another by `tolem-hub agent add --reissue`';
  throw new BaseError('config_invalid', `${from} cannot be used: ${fault}; ${advice}`);
}

function readBundleFile(path: string): string {
  try {
    return readSmallFile(path, FILE_BYTES_MAX).toString('utf8');
  } catch (cause) {
    const why = cause instanceof BaseError ? `: ${cause.message}` : '';
    throw new BaseError('config_unreadable', `cannot read the bundle ${path}${why}`, { cause });
  }
}
