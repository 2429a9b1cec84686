/** Packs packages/till-client for other projects: plain JavaScript with its types, as `out/tolem-till-client-VERSION.tgz`. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const source = join(root, 'packages/till-client');
const out = join(root, 'out');
const staging = join(out, 'till-client');

interface Manifest {
  name: string;
  version: string;
  description: string;
  license: string;
  dependencies: Record<string, string>;
}

rmSync(staging, { recursive: true, force: true });
mkdirSync(staging, { recursive: true });
run(join(source, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.pack.json', '--outDir', join(staging, 'dist')], source);
for (const file of ['README.md']) cpSync(join(source, file), join(staging, file));
cpSync(join(root, 'LICENSE'), join(staging, 'LICENSE'));
writeFileSync(join(staging, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
const packed = run('npm', ['pack', '--silent', '--pack-destination', out], staging).trim();
process.stdout.write(`${join(out, packed)}\n`);

function manifest() {
  const { name, version, description, license, dependencies } = JSON.parse(
    readFileSync(join(source, 'package.json'), 'utf8'),
  ) as Manifest;
  const entry = { types: './dist/index.d.ts', default: './dist/index.js' };
  const engines = { node: '>=20' };
  return { name, version, description, license, type: 'module', exports: { '.': entry }, engines, dependencies };
}

function run(command: string, args: string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
