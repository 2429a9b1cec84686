import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readConnection } from './connection-settings.ts';

const folders: string[] = [];
const file = (text: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'tolem-secret-'));
  folders.push(folder);
  writeFileSync(join(folder, 'password'), text);
  return join(folder, 'password');
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

test('an address and a password file make a connection', () => {
  const passwordFile = file('päss word\n');
  expect(readConnection({ url: 'postgres://tol%40em@127.0.0.1:5433/hub%20one', passwordFile })).toEqual({
    host: '127.0.0.1',
    port: 5433,
    user: 'tol@em',
    database: 'hub one',
    ssl: false,
    password: 'päss word',
  });
});

test('a server on another machine is spoken to over checked TLS unless told otherwise', () => {
  const ssl = (rest: string) => readConnection({ url: `postgresql://tolem@db.example.kz/hub${rest}` }).ssl;
  expect(ssl('')).toEqual({ rejectUnauthorized: true });
  expect(ssl('?sslmode=disable')).toBe(false);
  const root = file('-----BEGIN CERTIFICATE-----\n');
  expect(ssl(`?sslrootcert=${root}`)).toEqual({ rejectUnauthorized: true, ca: '-----BEGIN CERTIFICATE-----\n' });
  expect(() => ssl('?sslmode=require')).toThrow('only verify-full and disable');
});

test('a unix socket is named by its folder', () => {
  const { host, port } = readConnection({ url: 'postgres://tolem@localhost/hub?host=/run/postgresql' });
  expect({ host, port }).toEqual({ host: '/run/postgresql', port: 5432 });
});

test.each([
  ['postgres://tolem:secret@db/hub', 'password'],
  ['postgres://tolem@db/hub?password=secret', 'password'],
  ['postgres://tolem@db/hub?pasword=secret', 'unknown'],
  ['mysql://tolem@db/hub', 'neither'],
  ['db/hub secret', 'neither'],
  ['postgres://db/hub', 'a user'],
  ['postgres://tolem@db', 'a database'],
])('%s is refused without repeating it', (url, why) => {
  const read = () => readConnection({ url });
  expect(read).toThrow(why);
  expect(read).not.toThrow('secret');
});

test('a password file that is missing or empty is named', () => {
  const url = 'postgres://tolem@db/hub';
  expect(() => readConnection({ url, passwordFile: '/nowhere/password' })).toThrow('/nowhere/password');
  expect(() => readConnection({ url, passwordFile: file('\n') })).toThrow('is empty');
});
