import { createHash, timingSafeEqual } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Context } from '@tolem/base';
import type { Caller } from '../caller.ts';
import { readPassphrase } from '../certificate/client-credentials.ts';
import { writeWholeFile } from '../identity/secret-file.ts';

/** Readable by the group, so that a till's or a monitor's user can be let in. */
const TOKEN_MODE = 0o640;
const TOKEN_BYTES = 32;
/** A working day with overtime; afterwards the page asks for the token again. */
const SESSION_MS = 12 * 3_600_000;
/** Nobody has more browsers open; the oldest session goes first. */
const SESSIONS_MAX = 200;

export type Person = Extract<Caller, { kind: 'person' }>;

/** Until users and roles come: one bearer token in `dataDir/http-token`, and sessions of the page that it opens. */
export interface Access {
  byToken(token: string): Person | undefined;
  bySession(session: string): Person | undefined;
  /** A new session for a person who knows the token; its secret goes into the cookie. */
  login(token: string, name: string): { session: string; maxAgeS: number } | undefined;
  logout(session: string): void;
}

export function openAccess(tokenFile: string, { clock, random }: Context): Access {
  if (!existsSync(tokenFile)) writeWholeFile(tokenFile, `${secret(random.bytes(TOKEN_BYTES))}\n`, TOKEN_MODE);
  const expected = digest(readPassphrase(tokenFile));
  const sessions = new Map<string, { name: string; untilMs: number }>();
  const isToken = (token: string) => timingSafeEqual(digest(token), expected);
  return {
    byToken: (token) => (isToken(token) ? { kind: 'person', name: 'api' } : undefined),
    bySession(session) {
      const known = sessions.get(keyOf(session));
      return known && known.untilMs > clock.nowMs() ? { kind: 'person', name: known.name } : undefined;
    },
    login(token, name) {
      if (!isToken(token)) return undefined;
      const session = secret(random.bytes(TOKEN_BYTES));
      const [oldest] = sessions.keys();
      if (sessions.size >= SESSIONS_MAX && oldest !== undefined) sessions.delete(oldest);
      sessions.set(keyOf(session), { name, untilMs: clock.nowMs() + SESSION_MS });
      return { session, maxAgeS: SESSION_MS / 1000 };
    },
    logout: (session) => void sessions.delete(keyOf(session)),
  };
}

function secret(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function keyOf(session: string): string {
  return digest(session).toString('hex');
}
