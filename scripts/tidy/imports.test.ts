import { expect, it } from 'vitest';
import { findImports, libraryOf, resolveRelative } from './imports.ts';

it('finds static, side-effect, re-exporting and dynamic imports with their lines', () => {
  const text = [
    "import a, { b } from 'x';",
    'import {',
    '  type C,',
    "} from './c.ts';",
    "import 'reflect-metadata';",
    "export * from './d.ts';",
    "export { e } from '@tolem/base';",
    "const f = await import('./f.ts');",
  ].join('\n');
  expect(findImports(text).map(({ specifier, line }) => `${line} ${specifier}`)).toEqual([
    '1 x',
    '4 ./c.ts',
    '5 reflect-metadata',
    '6 ./d.ts',
    '7 @tolem/base',
    '8 ./f.ts',
  ]);
});

it('tells type-only imports, whose clause as a whole is a type', () => {
  const isTypeOnly = (text: string) => findImports(text).map((one) => one.isTypeOnly);
  expect(isTypeOnly("import type { A } from './a.ts';")).toEqual([true]);
  expect(isTypeOnly("export type * from './a.ts';")).toEqual([true]);
  expect(isTypeOnly("import { type A } from './a.ts';")).toEqual([false]);
});

it('is not fooled by comments or by declarations that hold strings', () => {
  expect(
    findImports("// import x from 'x';\nexport function f() { return ['from', 'x']; }\nexport const a = 'b';"),
  ).toEqual([]);
});

it('reduces a specifier to its library and a relative one to a path', () => {
  expect(libraryOf('@fastify/static/types')).toBe('@fastify/static');
  expect(libraryOf('node:fs/promises')).toBe('node:fs');
  expect(resolveRelative('apps/hub/src/a/b.ts', '../c.ts')).toBe('apps/hub/src/c.ts');
});
