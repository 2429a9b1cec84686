/** Suites that the real and the fake implementation of a port both pass, for test files: `@tolem/kaspi-core/compliance`. */
export * from './protocol-pos/terminal-compliance.ts';
export * from './protocol-qr/qr-api-compliance.ts';
