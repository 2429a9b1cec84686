import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { HubError } from '../hub-error.ts';

/** `database` of the hub's configuration; the password file's path is absolute. */
export interface DatabaseConfig {
  /** `embedded`, or `postgres://user@host:port/database?sslmode=…`. */
  url: string;
  passwordFile?: string | undefined;
}

const PARAMETERS = new Set(['sslmode', 'sslrootcert', 'host']);
const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]', '']);

/**
 * Reads an address such as `postgres://tolem@db.example.kz/tolem`. The connection is checked TLS (`sslmode=verify-full`)
 * unless the server is on this machine or `sslmode=disable` says otherwise; half-checked modes are refused.
 */
export function readConnection({ url, passwordFile }: DatabaseConfig): pg.ClientConfig {
  const parsed = parse(url);
  if (parsed.password !== '' || parsed.searchParams.has('password')) {
    throw refused('has a password in it: put it into a file and name that in database.passwordFile');
  }
  for (const name of parsed.searchParams.keys()) if (!PARAMETERS.has(name)) throw refused(`has an unknown ${name}`);
  const host = parsed.searchParams.get('host') ?? parsed.hostname.replace(/^\[|\]$/g, '');
  const database = decodeURIComponent(parsed.pathname.slice(1));
  if (host === '' || database === '' || parsed.username === '') throw refused('needs a user, a host and a database');
  return {
    host,
    port: parsed.port === '' ? 5432 : Number(parsed.port),
    user: decodeURIComponent(parsed.username),
    database,
    ssl: readTls(parsed),
    ...(passwordFile === undefined ? {} : { password: readSecret(passwordFile) }),
  };
}

function readTls(parsed: URL): false | { rejectUnauthorized: true; ca?: string } {
  const isLocal = LOCAL.has(parsed.hostname);
  const mode = parsed.searchParams.get('sslmode') ?? (isLocal ? 'disable' : 'verify-full');
  if (mode === 'disable') return false;
  if (mode !== 'verify-full') throw refused(`has sslmode=${mode}: only verify-full and disable are supported`);
  const root = parsed.searchParams.get('sslrootcert');
  return { rejectUnauthorized: true, ...(root === null ? {} : { ca: readFile(root) }) };
}

function parse(url: string): URL {
  let parsed: URL | undefined;
  try {
    parsed = new URL(url);
  } catch {
    // Said below, without the text: it may hold a password.
  }
  if (parsed && /^postgres(ql)?:$/.test(parsed.protocol)) return parsed;
  throw refused('is neither "embedded" nor postgres://user@host/database');
}

function readSecret(file: string): string {
  const secret = readFile(file).replace(/\r?\n$/, '');
  if (secret === '') throw new HubError('file_unreadable', `the password file ${file} is empty`);
  return secret;
}

function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new HubError('file_unreadable', `${file} cannot be read`, { cause });
  }
}

function refused(why: string): HubError {
  return new HubError('database_start', `database.url ${why}`);
}
