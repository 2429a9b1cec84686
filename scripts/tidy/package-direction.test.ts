import { expect, it } from 'vitest';
import { exportedSpecifiers, packageDirection } from './package-direction.ts';
import { createSourceFile } from './source-file.ts';

const manifest = createSourceFile(
  'packages/base/package.json',
  '{"name": "@tolem/base", "exports": {".": "./src/index.ts", "./testing": "./src/testing.ts"}}',
);
const rule = packageDirection(exportedSpecifiers([manifest]));
const messages = (path: string, text: string) => rule([createSourceFile(path, text)]).map((finding) => finding.message);

it('lets a package import the entry points of the packages below it', () => {
  expect(messages('packages/pki/src/a.ts', "import { x } from '@tolem/base';\nimport '@tolem/base/testing';")).toEqual(
    [],
  );
});

it('refuses a package above or beside', () => {
  expect(messages('packages/base/src/a.ts', "import { x } from '@tolem/proto';")).toEqual([
    'packages/base must not import @tolem/proto',
  ]);
  expect(messages('apps/hub/src/a.ts', "import { x } from '@tolem/edge-agent';")).toHaveLength(1);
  expect(messages('packages/kaspi-sim/src/a.ts', "import type { X } from '@tolem/kaspi-core';")).toHaveLength(1);
});

it("lets a simulator's tests use the client that they serve", () => {
  expect(messages('packages/kaspi-sim/src/a.test.ts', "import { x } from '@tolem/kaspi-core';")).not.toContain(
    'packages/kaspi-sim must not import @tolem/kaspi-core',
  );
});

it('refuses deep imports, by name and by path', () => {
  expect(messages('packages/pki/src/a.ts', "import { x } from '@tolem/base/src/money.ts';")).toEqual([
    'deep import of @tolem/base/src/money.ts: only what its package.json exports',
  ]);
  expect(messages('packages/pki/src/a.ts', "import { x } from '../../base/src/money.ts';")).toEqual([
    'packages/pki reaches into packages/base by a relative path: import the package by its name',
  ]);
});
