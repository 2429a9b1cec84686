/** Stand-ins for unit tests of other packages: `@tolem/kaspi-core/fake`. */
export type { FakeTerminalTruth } from './protocol-pos/fake-operations.ts';
export * from './protocol-pos/fake-terminal.ts';
export * from './protocol-qr/fake-qr-api.ts';
