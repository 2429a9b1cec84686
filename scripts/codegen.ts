/** Generates the TypeScript of packages/proto from its .proto files; with `--check` only compares, after a lint. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const folder = join(import.meta.dirname, '../packages/proto');
const generated = join(folder, 'src/gen');
const buf = (...args: string[]) =>
  execFileSync(join(folder, 'node_modules/.bin/buf'), args, { cwd: folder, stdio: 'inherit' });

if (process.argv.includes('--check')) {
  buf('lint');
  process.exitCode = check() ? 0 : 1;
} else {
  buf('generate');
}

function check(): boolean {
  const fresh = mkdtempSync(join(tmpdir(), 'tolem-codegen-'));
  try {
    buf('generate', '--output', fresh);
    const differing = differences(readTree(generated), readTree(join(fresh, 'src/gen')));
    for (const path of differing) process.stdout.write(`packages/proto/src/gen/${path} is not what buf generates\n`);
    if (differing.length > 0) process.stdout.write('run: node_modules/.bin/node scripts/codegen.ts\n');
    return differing.length === 0;
  } finally {
    rmSync(fresh, { recursive: true });
  }
}

function differences(present: ReadonlyMap<string, string>, fresh: ReadonlyMap<string, string>): string[] {
  const paths = new Set([...present.keys(), ...fresh.keys()]);
  return [...paths].filter((path) => present.get(path) !== fresh.get(path)).sort();
}

function readTree(top: string): Map<string, string> {
  if (!existsSync(top)) return new Map();
  const entries = readdirSync(top, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [relative(top, path), readFileSync(path, 'utf8')]));
}
