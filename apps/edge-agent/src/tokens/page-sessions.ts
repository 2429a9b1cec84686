import { timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { type Context, sha256Hex } from '@tolem/base';
import { z } from 'zod';
import { readFileIfThere, writePrivateFile } from '../config/private-file.ts';
import type { Caller, Scope } from './access.ts';

/** Tills, second screens and technicians' phones of one store; the longest unused one makes room. */
const SESSIONS_MAX = 20;
/** A till that was not opened for so long asks for a new link. */
const UNUSED_MAX_MS = 30 * 24 * 3_600_000;
/** How often the last use is written down: often enough for the limit above, rare enough for a memory card. */
const NOTE_USE_EVERY_MS = 24 * 3_600_000;
/** After a PIN the cashier may finish what was begun, not leave the till open. */
const UNLOCKED_MS = 120_000;
const KEY_BYTES = 18;

const sessionRow = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  kind: z.enum(['till', 'display']),
  usedAtMs: z.number(),
});
const sessionFile = z.strictObject({ v: z.literal(1), sessions: z.array(sessionRow) });
type SessionRow = z.output<typeof sessionRow>;
export type PageKind = SessionRow['kind'];

/**
 * Browsers that show our own pages. One opens the link in `dataDir/till-link`; its key works once and is replaced in the
 * file by the next. The browser keeps a cookie, of which only the hash is stored, so that a restart of the agent in the
 * middle of a payment does not turn the cashier away.
 */
export interface PageSessions {
  /** A fresh link, as the file holds it. Empty until `publish` has told the address. */
  link(): string;
  /** Says where the pages are; writes the first link. */
  publish(origin: string): void;
  /** The cookie for a key from the link; undefined for a wrong or used one. */
  redeem(key: string, kind: PageKind): string | undefined;
  /** Who shows this cookie. */
  find(cookie: string): PageSession | undefined;
  /** A cashier gave the right PIN on this page. */
  unlock(session: PageSession, cashier: { name: string; scopes: Scope[] }): void;
}

export interface PageSession {
  id: string;
  kind: PageKind;
  /** The cashier whose PIN was given a moment ago. */
  unlockedBy?: { name: string; scopes: Scope[] };
}

export function openPageSessions(dataDir: string, context: Context): PageSessions {
  const { clock, random } = context;
  const path = join(dataDir, 'page-sessions.json');
  const linkPath = join(dataDir, 'till-link');
  const unlocked = new Map<string, { name: string; scopes: Scope[]; untilMono: number }>();
  let rows = readSessions(path, context);
  let origin = '';
  let key = '';

  const secret = () => Buffer.from(random.bytes(KEY_BYTES)).toString('base64url');
  const save = () => writePrivateFile(path, `${JSON.stringify({ v: 1, sessions: rows })}\n`, 0o600);
  const renewLink = () => {
    key = secret();
    writePrivateFile(linkPath, `${origin}/?key=${key}\n`, 0o600);
  };
  const isUsable = (row: SessionRow) => clock.nowMs() - row.usedAtMs < UNUSED_MAX_MS;
  return {
    link: () => (origin === '' ? '' : `${origin}/?key=${key}`),
    publish(address) {
      origin = address;
      renewLink();
    },
    redeem(presented, kind) {
      if (key === '' || !isSame(sha256Hex(presented), sha256Hex(key))) return undefined;
      const cookie = secret();
      const row: SessionRow = { sha256: sha256Hex(cookie), kind, usedAtMs: clock.nowMs() };
      const newestFirst = rows.filter(isUsable).sort((a, b) => b.usedAtMs - a.usedAtMs);
      rows = [row, ...newestFirst].slice(0, SESSIONS_MAX);
      save();
      renewLink();
      context.log.info({ kind }, 'a browser opened our page by its link');
      return cookie;
    },
    find(cookie) {
      const hash = sha256Hex(cookie);
      const row = rows.find((one) => isSame(one.sha256, hash));
      if (!row || !isUsable(row)) return undefined;
      if (clock.nowMs() - row.usedAtMs > NOTE_USE_EVERY_MS) {
        row.usedAtMs = clock.nowMs();
        save();
      }
      const by = unlocked.get(hash);
      const isOpen = by !== undefined && by.untilMono > clock.monoMs();
      if (by && !isOpen) unlocked.delete(hash);
      return { id: hash, kind: row.kind, ...(isOpen ? { unlockedBy: { name: by.name, scopes: by.scopes } } : {}) };
    },
    unlock(session, cashier) {
      unlocked.set(session.id, { ...cashier, untilMono: clock.monoMs() + UNLOCKED_MS });
    },
  };
}

/**
 * What a page may do. All till pages of an agent share one `tokenId`: a reopened browser that repeats a request with its
 * old key must meet the payment that it began. Money back and decisions need a cashier's PIN, so without cashiers there are none.
 */
export function callerOfPage(session: PageSession): Caller {
  if (session.kind === 'display')
    return { tokenId: 'display', name: 'display', scopes: new Set(), via: 'display_page' };
  const extra: readonly Scope[] = session.unlockedBy?.scopes ?? [];
  const name = session.unlockedBy ? `till page: ${session.unlockedBy.name}` : 'till page';
  return { tokenId: 'till-page', name, scopes: new Set<Scope>(['pay', ...extra]), via: 'till_page' };
}

/** A damaged file only costs the browsers their cookies. */
function readSessions(path: string, context: Context): SessionRow[] {
  const text = readFileIfThere(path);
  if (text === undefined) return [];
  try {
    return sessionFile.parse(JSON.parse(text)).sessions;
  } catch (error) {
    context.log.warn({ error }, 'page-sessions.json cannot be read: the pages must be opened by a new link');
    return [];
  }
}

function isSame(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a, 'hex'), Buffer.from(b, 'hex'));
}
