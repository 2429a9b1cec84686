/**
 * `npm run bundle`: makes one program of the agent's sources, with its pages and libraries inside, for any Node of the
 * version that `package.json` names. The same sources give the same bytes. With `--out FOLDER` elsewhere than in `out/`.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, type Plugin } from 'esbuild';
import { readPageFiles } from '../apps/edge-agent/src/local-api/page-files.ts';

const ROOT = join(import.meta.dirname, '..');

const { values } = parseArgs({ options: { out: { type: 'string', default: join(ROOT, 'out') } } });
const folder = resolve(values.out);
const program = join(folder, 'tolem-agent.cjs');

/** The pages as they are now, in the place of the module that would read them from disk. */
const pagesInside: Plugin = {
  name: 'pages-inside',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]local-api[/\\]page-files\.ts$/ }, () => {
      const files = [...readPageFiles()].sort(([a], [b]) => (a < b ? -1 : 1));
      const contents = `export const readPageFiles = () => new Map(${JSON.stringify(files)});`;
      return { contents, loader: 'js' };
    });
  },
};

/** What `packages/kaspi-core/src/transport` takes of undici; the rest (fetch, caches, sockets) is two thirds of it. */
const UNDICI = `
export { default as Client } from './lib/dispatcher/client.js';
export { default as Pool } from './lib/dispatcher/pool.js';
export { default as buildConnector } from './lib/core/connect.js';
export { default as errors } from './lib/core/errors.js';
`;

/** Libraries that can only be had whole: what nothing of ours reaches is left out. A name that is missed fails the build. */
const lean: Plugin = {
  name: 'lean',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]undici[/\\]index\.js$/ }, () => ({ contents: UNDICI, loader: 'js' }));
    // The texts of zod's messages in fifty languages; ours are English.
    onLoad({ filter: /[/\\]zod[/\\]v4[/\\]locales[/\\]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
      loader: 'js',
    }));
  },
};

const { metafile, outputFiles } = await build({
  entryPoints: [join(ROOT, 'apps/edge-agent/src/main.ts')],
  outfile: program,
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node24',
  // Required, Node's own modules load only what is used of them; imported, each of their members is looked at.
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'external',
  // The library mends Node's streams for old versions of Node; ours are good.
  alias: { 'readable-stream': 'node:stream' },
  plugins: [pagesInside, lean],
  write: false,
  metafile: true,
  logLevel: 'warning',
});

mkdirSync(folder, { recursive: true });
rmSync(join(folder, '.compiled'), { recursive: true, force: true });
for (const { path, text } of outputFiles) writeFileSync(path, inAscii(text));

/**
 * The bundler leaves letters beyond ASCII only in regular expressions, where the escape means the same. A single one makes V8
 * keep the whole text with two bytes a letter.
 */
function inAscii(text: string): string {
  return text.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * Node keeps what it compiled beside the program, so that the next start need not compile it again; where that folder can't be
 * written, it compiles as ever. Never in a folder for temporary files: what is read from there is run.
 * Memory for new objects stays at its first megabyte: V8 would let it grow to 32 MB, which an agent has no use for.
 */
const START = `import { createRequire, enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
setFlagsFromString('--semi-space-growth-factor=1');
enableCompileCache(join(import.meta.dirname, '.compiled'));
createRequire(import.meta.url)('./tolem-agent.cjs');
`;
writeFileSync(join(folder, 'tolem-agent.mjs'), START);
const bytes = Object.values(metafile.outputs).reduce((sum, one) => sum + one.bytes, 0);
process.stdout.write(`${join(folder, 'tolem-agent.mjs')}: ${(bytes / 1e6).toFixed(1)} MB\n`);
