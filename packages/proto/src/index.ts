export * from './chain-hash.ts';
export * from './conversions.ts';
export * from './facts.ts';
export * from './topics.ts';
/** The generated messages and services, apart from our own words of the same names. */
export * as wire from './wire.ts';
