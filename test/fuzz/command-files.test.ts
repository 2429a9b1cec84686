import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const PROGRAMS = {
  'tolem-agent': join(ROOT, 'apps/edge-agent/src/main.ts'),
  'tolem-hub': join(ROOT, 'apps/hub/src/main.ts'),
} as const;
/** A hundred megabytes: read into memory whole it would still succeed, so the time and the sentence tell. */
const HUGE_BYTES = 100 * 1024 * 1024;
/** A start takes half a second; a busy machine needs much longer, a file without end would need for ever. */
const LIMIT_MS = 60_000;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tolem-fuzz-'));
  mkdirSync(join(folder, 'folder'));
  writeFileSync(join(folder, 'empty'), '');
  writeFileSync(join(folder, 'bytes'), Buffer.from([0, 0xff, 0xfe, 0x30, 0x82, 0x0a]));
  writeFileSync(join(folder, 'huge'), '');
  truncateSync(join(folder, 'huge'), HUGE_BYTES);
  writeFileSync(
    join(folder, 'hub.yaml'),
    'kaspi: { baseUrl: "https://127.0.0.1:1/r3/v01", ca: [a.crt] }\norganizations: [{ bin: "180340021791", name: Test }]\n',
  );
  mkdirSync(join(folder, 'torn'));
  writeFileSync(join(folder, 'torn/run.json'), '{"localApi":');
  symlinkSync(join(folder, 'loop'), join(folder, 'loop'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(program: keyof typeof PROGRAMS, args: string[]): Promise<{ code: number; said: string }> {
  const files = args.map((one) => (one.startsWith('@') ? join(folder, one.slice(1)) : one));
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [PROGRAMS[program], ...files],
      { cwd: folder, timeout: LIMIT_MS },
      (_error, out, err) => resolve({ code: child.exitCode ?? -1, said: `${out}${err}` }),
    );
  });
}

/** The command, and what its one sentence must speak of. */
it.each<[keyof typeof PROGRAMS, string[], RegExp]>([
  ['tolem-agent', ['run', '--config', '@missing', '--data', '@d'], /cannot read the configuration .*missing/],
  ['tolem-agent', ['run', '--config', '@folder', '--data', '@d'], /cannot read the configuration .*folder/],
  ['tolem-agent', ['run', '--config', '@huge', '--data', '@d'], /larger than 1000000 bytes/],
  ['tolem-agent', ['run', '--config', '/dev/zero', '--data', '@d'], /larger than 1000000 bytes/],
  ['tolem-agent', ['run', '--config', '@bytes', '--data', '@d'], /configuration .*bytes/],
  ['tolem-agent', ['run', '--config', '@loop', '--data', '@d'], /cannot read the configuration .*loop/],
  ['tolem-agent', ['run', '--bundle', '@missing', '--data', '@d'], /cannot read the bundle .*missing/],
  ['tolem-agent', ['run', '--bundle', '@folder', '--data', '@d'], /cannot read the bundle .*folder/],
  ['tolem-agent', ['run', '--bundle', '@empty', '--data', '@d'], /is not JSON/],
  ['tolem-agent', ['run', '--bundle', '@huge', '--data', '@d'], /cannot read the bundle .*larger than/],
  ['tolem-agent', ['run', '--bundle', '/dev/zero', '--data', '@d'], /cannot read the bundle .*larger than/],
  ['tolem-agent', ['run', '--data', '@empty'], /empty cannot be used \(mkdir: EEXIST\)/],
  ['tolem-agent', ['status', '--data', '@empty'], /empty\/run.json cannot be used \(open: ENOTDIR\)/],
  ['tolem-agent', ['token', 'list', '--data', '@empty'], /cannot be used/],
  ['tolem-agent', ['status', '--data', '@torn'], /no answer from 127.0.0.1:8088/],
  ['tolem-hub', ['run', '--config', '@hub.yaml', '--data', '@empty'], /empty cannot be used \(mkdir: EEXIST\)/],
  ['tolem-hub', ['cert', 'status', '--config', '@hub.yaml', '--data', '@empty'], /certificate/],
  ['tolem-agent', ['run', '--config'], /argument missing/],
  ['tolem-agent', ['run', '--nonsense'], /unknown option/],
  ['tolem-agent', ['pay'], /unknown command/],
  ['tolem-hub', ['run', '--config', '@missing'], /cannot read the configuration .*missing/],
  ['tolem-hub', ['run', '--config', '@folder'], /cannot read the configuration .*folder/],
  ['tolem-hub', ['run', '--config', '@huge'], /larger than 1000000 bytes/],
  ['tolem-hub', ['migrate', '--config', '/dev/zero'], /larger than 1000000 bytes/],
  ['tolem-hub', ['run', '--config', '@empty'], /kaspi/],
  ['tolem-hub', ['cert', 'csr', '--key', '@empty'], /empty exists already/],
  ['tolem-hub', ['agent', 'add', '--config', '@empty'], /required option/],
  ['tolem-hub', ['nonsense'], /unknown command/],
])('%s %j ends with a sentence and an exit code', { timeout: 2 * LIMIT_MS }, async (program, args, sentence) => {
  const { code, said } = await run(program, args);
  expect(said).toMatch(sentence);
  expect([1, 2]).toContain(code);
  expect(said).not.toMatch(/^\s+at |node_modules|TypeError/m);
});
