import { readFile } from 'node:fs/promises';
import { HubError } from '../hub-error.ts';

/** Shorter ones can be guessed. */
const SECRET_MIN = 32;
const SECRET_MAX = 512;
/** The new one and the old one; more than that is no exchange any more. */
const SECRETS_MAX = 2;

/**
 * The secrets of an endpoint: one a line, the newest first; blank lines and lines with `#` don't count. Throws
 * `webhook_secret_unusable`.
 */
export function parseSecrets(text: string): string[] {
  const secrets = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (secrets.length === 0 || secrets.length > SECRETS_MAX) throw unusable('one secret, or two while they change');
  if (secrets.some((secret) => secret.length < SECRET_MIN || secret.length > SECRET_MAX)) {
    throw unusable(`a secret has ${SECRET_MIN} to ${SECRET_MAX} characters`);
  }
  return secrets;
}

function unusable(why: string, cause?: unknown): HubError {
  return new HubError('webhook_secret_unusable', `the secret of a webhook is not usable: ${why}`, { cause });
}

/** Read anew for every post, so that a changed file needs no restart. Rejects with `webhook_secret_unusable`. */
export async function readSecrets(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw unusable(`${file} can't be read`, cause);
  });
  return parseSecrets(text);
}
