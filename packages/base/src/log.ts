import { type DestinationStream, pino } from 'pino';
import { redactMembers } from './redaction.ts';

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

export interface LogOptions {
  name: string;
  level?: LogLevel;
  destination?: DestinationStream;
}

/** JSON lines; what a member's name gives away as secret is censored (`redaction.ts`). */
export function createLog(options: LogOptions): Logger {
  const settings = {
    name: options.name,
    level: options.level ?? 'info',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: object) => redactMembers(fields),
    },
  };
  const log = options.destination ? pino(settings, options.destination) : pino(settings);
  // A child's bindings pass no formatter. Children inherit this method, and with it the censoring.
  const plainChild = log.child;
  log.child = function child(this: typeof log, fields: object, ...rest: []) {
    return plainChild.call(this, redactMembers(fields), ...rest);
  } as typeof log.child;
  return log;
}

/** A log that writes nothing, for tests. */
export function createSilentLog(): Logger {
  const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
  return silent;
}
