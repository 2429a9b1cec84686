import { expect, it } from 'vitest';
import { bannedGlobals } from './banned-globals.ts';
import { createSourceFile } from './source-file.ts';

const count = (path: string, text: string) => bannedGlobals([createSourceFile(path, text)]).length;

it.each([
  'const now = Date.now();',
  'const now = new Date();',
  'const now = new Date;',
  'Math.random()',
  'setTimeout(f, 5)',
  'globalThis.setTimeout(f, 5)',
  'setInterval(f, 5)',
  'setImmediate(f)',
  'fetch(url, { signal: AbortSignal.timeout(5) })',
  'process.env.HOME',
  'console.log(1)',
  'crypto.randomUUID()',
  'performance.now()',
  "import { setTimeout } from 'node:timers/promises';",
])('refuses %s in a source file', (text) => {
  expect(count('apps/hub/src/payment/a.ts', text)).toBe(1);
});

it.each([
  'clock.setTimeout(f, 5)',
  'new Date(timestampMs)',
  '// Date.now() is banned',
  "const hint = 'set process.env.HOME';",
  'log.info(1)',
])('allows %s', (text) => {
  expect(count('apps/hub/src/payment/a.ts', text)).toBe(0);
});

it('allows everything where ports are made and programs begin', () => {
  expect(count('packages/base/src/system-clock.ts', 'Date.now()')).toBe(0);
  expect(count('apps/hub/src/main.ts', 'process.env.HOME')).toBe(0);
  expect(count('test/support/processes.ts', 'setTimeout(f, 5)')).toBe(0);
});

it('allows unit tests dates and settings, but no real timer and no unrepeatable randomness', () => {
  expect(count('packages/pki/src/a.test.ts', 'new Date(); process.env.HOME')).toBe(0);
  expect(count('packages/pki/src/a.test.ts', 'setTimeout(f, 5); Math.random()')).toBe(2);
});
