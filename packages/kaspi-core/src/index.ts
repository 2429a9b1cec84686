export * from './kaspi-error.ts';
export * from './protocol-pos/terminal-api.ts';
export * from './protocol-qr/qr-api.ts';
