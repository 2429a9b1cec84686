import { expect, it } from 'vitest';
import { importCycles } from './import-cycles.ts';
import { createSourceFile } from './source-file.ts';

it('finds a cycle once, however many files lead to it', () => {
  const files = [
    createSourceFile('packages/base/src/a.ts', "import './b.ts';"),
    createSourceFile('packages/base/src/b.ts', "import './c.ts';"),
    createSourceFile('packages/base/src/c.ts', "import './b.ts';"),
  ];
  expect(importCycles(files).map((finding) => finding.message)).toEqual([
    'import cycle: packages/base/src/b.ts → packages/base/src/c.ts → packages/base/src/b.ts',
  ]);
});

it('allows two files to share types in both directions', () => {
  const files = [
    createSourceFile('packages/base/src/a.ts', "import type { B } from './b.ts';"),
    createSourceFile('packages/base/src/b.ts', "import { a } from './a.ts';"),
  ];
  expect(importCycles(files)).toEqual([]);
});
