import { expect, it } from 'vitest';
import { adviceFor } from './status-advice.ts';

it('says what to do about trouble, and nothing about what is well or not known yet', () => {
  const cause = 'disk_full';
  expect(adviceFor({ layer: 'disk', state: 'fail', cause })).toMatch(/make room/);
  expect(adviceFor({ layer: 'disk', state: 'warn', cause })).toMatch(/make room/);
  for (const state of ['ok', 'unknown']) expect(adviceFor({ layer: 'disk', state, cause })).toBeUndefined();
  expect(adviceFor({ layer: 'disk', state: 'fail', cause: 'a_new_word' })).toBeUndefined();
});

it('sends a person to the last operation of a terminal that is held, whatever holds it', () => {
  expect(adviceFor({ layer: 'terminal_app', state: 'fail', cause: 'journal_lost' })).toMatch(/last operation/);
});
