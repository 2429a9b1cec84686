/**
 * Generates what is committed and compared: the TypeScript of packages/proto from its .proto files, the contract of the
 * agent's local API from its routes, and the types of packages/till-client from that contract. With `--check` only
 * compares, after a lint.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const proto = join(root, 'packages/proto');
const tillClient = join(root, 'packages/till-client');

/** What is generated, in this order: a file or a folder, named from the root. */
const contract = 'apps/edge-agent/openapi.json';
const generated = ['packages/proto/src/gen', contract, 'packages/till-client/src/gen'];

const run = (command: string, args: string[], cwd: string) =>
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
const buf = (...args: string[]) => run(join(proto, 'node_modules/.bin/buf'), args, proto);

const fresh = mkdtempSync(join(tmpdir(), 'tolem-codegen-'));
try {
  generate(fresh);
  if (process.argv.includes('--check')) {
    buf('lint');
    process.exitCode = check() ? 0 : 1;
  } else {
    for (const path of generated) {
      rmSync(join(root, path), { recursive: true, force: true });
      cpSync(join(fresh, path), join(root, path), { recursive: true });
    }
  }
} finally {
  rmSync(fresh, { recursive: true });
}

/** Writes everything that is generated below `out`, at the paths that it has in the repository. */
function generate(out: string): void {
  buf('generate', '--output', join(out, 'packages/proto'));
  mkdirSync(dirname(join(out, contract)), { recursive: true });
  run(process.execPath, [join(root, 'apps/edge-agent/src/bin/write-openapi.ts'), join(out, contract)], root);
  const types = join(out, 'packages/till-client/src/gen/local-api.ts');
  run(
    join(tillClient, 'node_modules/.bin/openapi-typescript'),
    [join(out, contract), '--output', types, '--empty-objects-unknown'],
    tillClient,
  );
}

function check(): boolean {
  const differing = generated.flatMap((path) => {
    const [present, made] = [readTree(join(root, path)), readTree(join(fresh, path))];
    return differences(present, made).map((one) => join(path, one));
  });
  for (const path of differing) process.stdout.write(`${path} is not what its generator makes\n`);
  if (differing.length > 0) process.stdout.write('run: node_modules/.bin/node scripts/codegen.ts\n');
  return differing.length === 0;
}

function differences(present: ReadonlyMap<string, string>, made: ReadonlyMap<string, string>): string[] {
  const paths = new Set([...present.keys(), ...made.keys()]);
  return [...paths].filter((path) => present.get(path) !== made.get(path)).sort();
}

function readTree(top: string): Map<string, string> {
  if (!existsSync(top)) return new Map();
  if (statSync(top).isFile()) return new Map([['', readFileSync(top, 'utf8')]]);
  const entries = readdirSync(top, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [relative(top, path), readFileSync(path, 'utf8')]));
}
