import { type DestinationStream, pino } from 'pino';

/** Structured log. Level by audience: debug developer, info operator, warn technician, error HQ must look. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  child(fields: LogFields): Logger;
}

export type LogFields = Readonly<Record<string, unknown>>;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Members that never reach a log, at any of the first three depths. */
const SECRET_MEMBERS = [
  'passphrase',
  'password',
  'secret',
  'authorization',
  'cookie',
  'token',
  'accessToken',
  'accesstoken',
  'refreshToken',
  'deviceToken',
  'DeviceToken',
  'qrToken',
  'QrToken',
  'apiKey',
  'ApiKey',
  'key',
  'pfx',
  'phone',
  'phoneNumber',
  'PhoneNumber',
  'pin',
];
const REDACTED_PATHS = SECRET_MEMBERS.flatMap((member) => [member, `*.${member}`, `*.*.${member}`]);

export interface LogOptions {
  name: string;
  level?: LogLevel;
  destination?: DestinationStream;
}

export function createLog(options: LogOptions): Logger {
  const settings = {
    name: options.name,
    level: options.level ?? 'info',
    redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    serializers: { error: serializeError, cause: serializeError },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}

/** An error as a log shows it: name, code, message, ids and the chain of causes, without stacks of operating errors. */
export function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, cause } = error;
  const code = 'code' in error ? error.code : undefined;
  const ids = 'ids' in error ? error.ids : undefined;
  const isBug = code === undefined;
  return {
    name,
    message,
    ...(code === undefined ? {} : { code }),
    ...(ids === undefined ? {} : { ids }),
    ...(cause === undefined ? {} : { cause: serializeError(cause) }),
    ...(isBug ? { stack: error.stack } : {}),
  };
}

/** A log that writes nothing, for tests. */
export function createSilentLog(): Logger {
  const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
  return silent;
}
