import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DOOR_HINTS } from './door-hints.ts';
import { REFUSAL_HINTS } from './refusal-hints.ts';

const pages = join(import.meta.dirname, '../pages');

/** `key: 'text'` of a page's language file. */
function textsOf(language: string): Map<string, string> {
  const source = readFileSync(join(pages, `text/${language}.js`), 'utf8');
  return new Map(
    [...source.matchAll(/^ {2}(\w+):\s+(['"])(.*?)\2,$/gm)].map(([, key = '', , text = '']) => [key, text]),
  );
}

describe('texts', () => {
  it.each(['kk', 'en'])('of the till page in %s have the same keys and the same blanks as in Russian', (language) => {
    const ru = textsOf('ru');
    const other = textsOf(language);
    expect(ru.size).toBeGreaterThan(150);
    expect([...other.keys()]).toEqual([...ru.keys()]);
    for (const [key, text] of ru) {
      const blanks = (one: string) => [...one.matchAll(/\{\w+\}/g)].map(String).sort();
      expect(blanks(other.get(key) ?? ''), key).toEqual(blanks(text));
      expect(other.get(key)?.trim(), key).not.toBe('');
    }
  });

  it('exist for every key that the pages use', () => {
    const ru = textsOf('ru');
    const scripts = readdirSync(pages).filter((name) => name.endsWith('.js'));
    const used = scripts.flatMap((name) =>
      [...readFileSync(join(pages, name), 'utf8').matchAll(/\bt\(\s*'(\w+)'/g)].map(([, key = '']) => key),
    );
    expect(used.length).toBeGreaterThan(60);
    expect(used.filter((key) => !ru.has(key))).toEqual([]);
  });

  it('of refusals are whole sentences in three languages', () => {
    for (const [code, hint] of [...Object.entries(DOOR_HINTS), ...Object.entries(REFUSAL_HINTS)]) {
      for (const text of [hint.kk, hint.ru, hint.en]) expect(text, code).toMatch(/^\S.+\.$/s);
    }
  });
});
