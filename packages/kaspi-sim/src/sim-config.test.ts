import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { defaultListen } from './bank/scheme.ts';
import { simConfigSchema } from './sim-config.ts';

const file = fileURLToPath(new URL('../kaspi-sim.example.yaml', import.meta.url));

describe('the example of a configuration', () => {
  it('has every default, and is a configuration', () => {
    const example = loadConfig(simConfigSchema, { file, envPrefix: 'KASPI_SIM', env: {} });
    const front = { id: 'front', listen: '127.0.0.1:8181' };
    const defaults = simConfigSchema.parse({ bank: { listen: defaultListen(3) }, terminals: [front] });
    expect(example).toEqual(defaults);
  });

  it('names every key', () => {
    const text = readFileSync(file, 'utf8');
    const { bank, terminals } = simConfigSchema.parse({ terminals: [{ id: 'front' }] });
    const keys = [bank, terminals[0], bank.organizations[0], bank.organizations[0]?.tradePoints[0]].flatMap((one) =>
      Object.keys(one ?? {}),
    );
    for (const key of [...keys, 'apiKey']) expect(text).toMatch(new RegExp(`\\b${key}:`));
  });
});
