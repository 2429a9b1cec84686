import { expect, it } from 'vitest';
import { libraryHome } from './library-homes.ts';
import { createSourceFile } from './source-file.ts';

const messages = (path: string, text: string) =>
  libraryHome([createSourceFile(path, text)]).map((finding) => finding.message);

it.each([
  ['apps/hub/src/database/pool.ts', 'pg'],
  ['apps/hub/src/http/server.ts', '@fastify/helmet'],
  ['packages/kaspi-core/src/transport/pool.ts', 'undici'],
  ['apps/edge-agent/src/journal/journal.ts', 'node:sqlite'],
  ['packages/pki/src/a.ts', 'zod'],
  ['packages/pki/src/a.ts', 'node:crypto'],
  ['packages/kaspi-sim/src/http/server.test.ts', 'undici'],
  ['test/payments/qr-paid.test.ts', 'pg'],
])('%s may import %s', (path, library) => {
  expect(messages(path, `import x from '${library}';`)).toEqual([]);
});

it.each([
  ['apps/hub/src/http/server.ts', 'pg'],
  ['apps/hub/src/http/server.ts', 'undici'],
  ['apps/edge-agent/src/sale/a.ts', 'node:sqlite'],
  ['apps/hub/src/payment/a.ts', '@grpc/grpc-js'],
  ['packages/kaspi-core/src/log.ts', 'pino'],
  ['packages/pki/src/a.test.ts', 'pg'],
])('%s may not import %s', (path, library) => {
  expect(messages(path, `import x from '${library}';`)).toEqual([expect.stringContaining(`${library.split('/')[0]}`)]);
});

it('asks for a home for a library that has none', () => {
  expect(messages('packages/pki/src/a.ts', "import x from 'left-pad';")).toEqual([
    'left-pad has no home yet: name its folder in scripts/tidy/house.ts',
  ]);
});
