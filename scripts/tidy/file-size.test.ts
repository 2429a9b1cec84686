import { expect, it } from 'vitest';
import { fileSize, tightened } from './file-size.ts';
import { createSourceFile } from './source-file.ts';

const file = (path: string, lines: number) => createSourceFile(path, 'x;\n'.repeat(lines));
const source = 'packages/base/src/a.ts';

it('holds sources to 300 lines and tests to 500', () => {
  const rule = fileSize({});
  expect(rule([file(source, 300), file('packages/base/src/a.test.ts', 500)])).toEqual([]);
  expect(rule([file(source, 301), file('packages/base/src/a.test.ts', 501)])).toHaveLength(2);
});

it('lets a file of the ratchet stay, not grow, and asks to lower the ratchet when it shrank', () => {
  const rule = fileSize({ [source]: 350 });
  expect(rule([file(source, 350)])).toEqual([]);
  expect(rule([file(source, 351)])[0]?.message).toContain('at most 350');
  expect(rule([file(source, 340)])[0]?.message).toContain('--tighten');
  expect(rule([])[0]?.message).toContain('is gone');
});

it('tightens downwards only and forgets what is small enough', () => {
  expect(tightened([file(source, 400)], { [source]: 350 })).toEqual({ [source]: 350 });
  expect(tightened([file(source, 320)], { [source]: 350 })).toEqual({ [source]: 320 });
  expect(tightened([file(source, 300)], { [source]: 350 })).toEqual({});
});
