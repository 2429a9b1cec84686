import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'tolem-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const schema = z.strictObject({
  dataDir: z.string().default('./data'),
  password: z.string().optional(),
  database: z.strictObject({ url: z.string().default('embedded'), poolSize: z.number().int().default(4) }).prefault({}),
  bins: z.array(z.string()).default([]),
  verbose: z.boolean().default(false),
});

function load(yaml: string | undefined, env: Record<string, string> = {}) {
  const file = join(folder, 'config.yaml');
  if (yaml !== undefined) writeFileSync(file, yaml);
  return loadConfig(schema, { ...(yaml === undefined ? {} : { file }), envPrefix: 'TOLEM_HUB', env });
}

describe('the configuration', () => {
  it('comes from defaults, then the file, then the environment', () => {
    expect(load(undefined)).toMatchObject({ dataDir: './data', database: { poolSize: 4 } });
    expect(load('database:\n  poolSize: 8\n')).toMatchObject({ database: { url: 'embedded', poolSize: 8 } });
    const env = {
      TOLEM_HUB__DATABASE__POOL_SIZE: '16',
      TOLEM_HUB__VERBOSE: 'true',
      TOLEM_HUB__BINS: '["012345678901"]',
    };
    expect(load('database:\n  poolSize: 8\n', env)).toMatchObject({
      database: { poolSize: 16 },
      verbose: true,
      bins: ['012345678901'],
    });
    expect(load('dataDir: ./x\n', { TOLEM_HUB__DATADIR: '/srv' }).dataDir).toBe('/srv');
    expect(load('', { TOLEM_HUB__DATA_DIR: '/srv' }).dataDir).toBe('/srv');
    expect(load('', { OTHER__DATA_DIR: 'x', TOLEM_HUBX__DATA_DIR: 'y' }).dataDir).toBe('./data');
  });

  it.each([
    '12345678',
    '0123',
    'true',
    '1e5',
    '@secret',
    '%secret',
    'a: b',
    'secret # not a comment',
    '{open',
    '[1',
    '*star',
    '&a',
    '- x',
    '!tag',
    '',
  ])('takes the text "%s" of the environment as it stands where text is wanted', (text) => {
    expect(load(undefined, { TOLEM_HUB__PASSWORD: text }).password).toBe(text);
  });

  it('tells every offending key with what was expected', () => {
    const broken = () => load('database:\n  poolSize: many\nbins: 5\nsurprise: 1\n');
    expect(broken).toThrowError(expect.objectContaining({ code: 'config_invalid' }));
    expect(broken).toThrowError(/database\.poolSize: .*number[\s\S]*bins: .*array[\s\S]*surprise/);
  });

  it('does not read a file into memory that is far too large or never ends, and says so', () => {
    for (const file of ['/dev/zero', process.execPath]) {
      const read = () => loadConfig(schema, { file, envPrefix: 'X', env: {} });
      expect(read).toThrowError(expect.objectContaining({ code: 'config_unreadable' }));
      expect(read).toThrowError(/larger than 1000000 bytes: is it the right file/);
    }
    expect(() => loadConfig(schema, { file: folder, envPrefix: 'X', env: {} })).toThrowError(/EISDIR/);
  });

  it('names a file that is not there, is no YAML or is no mapping, without quoting what it holds', () => {
    const missing = () => loadConfig(schema, { file: join(folder, 'none.yaml'), envPrefix: 'X', env: {} });
    expect(missing).toThrowError(expect.objectContaining({ code: 'config_unreadable' }));
    const torn = () => load('password: canary-1\n  bad: [');
    expect(torn).toThrowError(expect.objectContaining({ code: 'config_unreadable' }));
    expect(torn).not.toThrowError(/canary-1/);
    expect(() => load('- a\n- b\n')).toThrowError(/mapping of keys/);
  });
});
