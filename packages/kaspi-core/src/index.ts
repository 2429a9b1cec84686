export * from './kaspi-error.ts';
export type { PosAnswer, PosCallOptions, PosHttp, PosQuery } from './protocol-pos/pos-http.ts';
export { type ProbeResult, probeTerminal } from './protocol-pos/probe-terminal.ts';
export { readDisplayAmount } from './protocol-pos/receipt.ts';
export * from './protocol-pos/terminal-api.ts';
export { createTerminalV1 } from './protocol-pos/terminal-v1.ts';
export { ACTUALIZE_INTERVAL_MS, createTerminalV2, type TerminalV2Options } from './protocol-pos/terminal-v2.ts';
export * from './protocol-qr/qr-api.ts';
