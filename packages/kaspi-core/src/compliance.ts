/** Suites that the real and the fake implementation of a port both pass, for test files: `@tolem/kaspi-core/compliance`. */
export * from './protocol-pos/terminal-compliance.ts';
