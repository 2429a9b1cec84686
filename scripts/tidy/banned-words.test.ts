import { expect, it } from 'vitest';
import { bannedWords, fileNames, workplaceWords } from './banned-words.ts';
import { unverifiedTls } from './house.ts';
import { createSourceFile } from './source-file.ts';

const file = (path: string, text = '') => [createSourceFile(path, text)];

it.each([
  'packages/pki/src/utils.ts',
  'packages/pki/src/pem-helpers.ts',
  'apps/hub/src/common/a.ts',
  'a/device-manager.ts',
])('refuses the name %s', (path) => {
  expect(fileNames(file(path))).toHaveLength(1);
});

it('allows names that only contain such a word', () => {
  expect(fileNames(file('packages/pki/src/uncommon-name.ts'))).toEqual([]);
});

it.each([
  '// TODO later',
  'let x: any;',
  'f(x as any)',
  '// FIXME',
  '// @ts-ignore',
  'connect({ rejectUnauthorized: false })',
])('refuses %s', (text) => {
  expect(bannedWords(file('packages/pki/src/a.ts', text))).toHaveLength(1);
});

it('allows the words in prose and TLS without a check in its one place', () => {
  expect(bannedWords(file('packages/pki/src/a.ts', '// a note: any peer\nconst x: unknown = 1;'))).toEqual([]);
  expect(bannedWords(file(unverifiedTls[0] ?? '', 'connect({ rejectUnauthorized: false })'))).toEqual([]);
});

it.each(['see /root/notes.md', 'cd /Users/ann/tolem', 'https://registry.example.org/pkg'])(
  'refuses %s in any file',
  (text) => {
    expect(workplaceWords(file('docs/a.md', text))).toHaveLength(1);
  },
);

it('allows paths of the repository and of addresses', () => {
  expect(workplaceWords(file('docs/a.md', 'packages/work/a.ts http://host/root/x ./work/x'))).toEqual([]);
});
