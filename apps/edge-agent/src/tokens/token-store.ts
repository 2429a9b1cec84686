import { timingSafeEqual } from 'node:crypto';
import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BaseError, type Context, sha256Hex } from '@tolem/base';
import { z } from 'zod';
import { readFileIfThere, writePrivateFile } from '../config/private-file.ts';
import { type Caller, SCOPES, type Scope } from './access.ts';

/** Every till software of one store has one; a hundred would be a mistake, and each costs a comparison a call. */
const TOKENS_MAX = 50;
const TOKEN_BYTES = 32;
/** How long a removed token may still work; one that is added works at once. */
const RELOAD_EVERY_MS = 1000;

const tokenRow = z.strictObject({
  id: z.string().min(1).max(40),
  name: z.string().min(1).max(64),
  scopes: z.array(z.enum(SCOPES)).min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.string(),
});
const tokenFile = z.strictObject({ v: z.literal(1), tokens: z.array(tokenRow).max(TOKENS_MAX) });
export type TokenRow = z.output<typeof tokenRow>;

/** The bearer tokens of the local API: `local-token` (scope `pay`, readable by the group) and the hashed further ones. */
export interface TokenStore {
  /** The caller that a presented token belongs to. */
  find(token: string): Caller | undefined;
  readonly localTokenFile: string;
}

/** Makes `local-token` where it is missing. */
export function openTokenStore(dataDir: string, context: Context): TokenStore {
  const localTokenFile = join(dataDir, 'local-token');
  const localHash = sha256Hex(ensureLocalToken(localTokenFile, context));
  const path = tokensPath(dataDir);
  let rows = readTokens(dataDir);
  let changedMs = changeTime(path);
  let lookedMono = context.clock.monoMs();

  const match = (hash: string): Caller | undefined => {
    let found: Caller | undefined = isSame(hash, localHash)
      ? { tokenId: 'local', name: 'till', scopes: new Set<Scope>(['pay']), via: 'token' }
      : undefined;
    // Every row is compared, so that the time taken tells nothing.
    for (const row of rows) {
      if (isSame(hash, row.sha256)) {
        found = { tokenId: row.id, name: row.name, scopes: new Set(row.scopes), via: 'token' };
      }
    }
    return found;
  };
  const reloadIfChanged = (): void => {
    lookedMono = context.clock.monoMs();
    const now = changeTime(path);
    if (now === changedMs) return;
    changedMs = now;
    try {
      rows = readTokens(dataDir);
      context.log.info({ tokens: rows.length }, 'the tokens of the local API were read again');
    } catch (error) {
      context.log.warn({ error }, 'tokens.json cannot be read: the tokens known before stay');
    }
  };
  return {
    localTokenFile,
    find(token) {
      const hash = sha256Hex(token);
      if (context.clock.monoMs() - lookedMono >= RELOAD_EVERY_MS) reloadIfChanged();
      const known = match(hash);
      if (known) return known;
      // A token that was added a moment ago.
      reloadIfChanged();
      return match(hash);
    },
  };
}

/** Adds a token and returns it; it is shown this once and stored as a hash. Throws `config_invalid`. */
export function addToken(dataDir: string, request: { name: string; scopes: Scope[] }, context: Context): string {
  const rows = readTokens(dataDir);
  if (rows.some((row) => row.name === request.name)) {
    throw new BaseError('config_invalid', `there is a token named ${request.name} already`);
  }
  if (rows.length >= TOKENS_MAX) throw new BaseError('config_invalid', `there are ${TOKENS_MAX} tokens already`);
  const token = makeToken(context);
  const row: TokenRow = {
    id: context.ids.uuid(),
    name: request.name,
    scopes: request.scopes,
    sha256: sha256Hex(token),
    createdAt: new Date(context.clock.nowMs()).toISOString(),
  };
  writeTokens(dataDir, [...rows, row]);
  return token;
}

/** Removes by name; false where there is none. */
export function removeToken(dataDir: string, name: string): boolean {
  const rows = readTokens(dataDir);
  const left = rows.filter((row) => row.name !== name);
  if (left.length === rows.length) return false;
  writeTokens(dataDir, left);
  return true;
}

export function readTokens(dataDir: string): TokenRow[] {
  const text = readFileIfThere(tokensPath(dataDir));
  if (text === undefined) return [];
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new BaseError('config_invalid', `${tokensPath(dataDir)} is not JSON`, { cause });
  }
  const result = tokenFile.safeParse(document);
  if (!result.success) throw new BaseError('config_invalid', `${tokensPath(dataDir)} is not a file of tokens`);
  return result.data.tokens;
}

function writeTokens(dataDir: string, tokens: TokenRow[]): void {
  writePrivateFile(tokensPath(dataDir), `${JSON.stringify({ v: 1, tokens }, null, 2)}\n`, 0o600);
}

/** Where the further tokens' hashes are. */
export function tokensPath(dataDir: string): string {
  return join(dataDir, 'tokens.json');
}

function ensureLocalToken(path: string, context: Context): string {
  const stored = readFileIfThere(path)?.trim();
  if (stored) return stored;
  const token = makeToken(context);
  writePrivateFile(path, `${token}\n`, 0o640);
  chmodSync(path, 0o640);
  return token;
}

function makeToken(context: Context): string {
  return `tolem_${Buffer.from(context.random.bytes(TOKEN_BYTES)).toString('base64url')}`;
}

function changeTime(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function isSame(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a, 'hex'), Buffer.from(b, 'hex'));
}
