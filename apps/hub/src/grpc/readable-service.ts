import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import { refusal } from './call-error.ts';

/** Stands in the place of a request whose bytes are no message of its method. */
const UNREADABLE = Symbol('unreadable');

/**
 * The same service, whose requests never fail to be read: the library would answer `INTERNAL` without a CallError, from
 * which a caller must conclude that money may have moved. The guard refuses what is unreadable by `requireReadable`.
 */
export function readableService<Service extends ServiceDefinition>(service: Service): Service {
  const methods = Object.entries(service as Record<string, MethodDefinition<unknown, unknown>>);
  const readable = methods.map(([name, method]) => {
    const requestDeserialize = (bytes: Buffer): unknown => {
      try {
        return method.requestDeserialize(bytes);
      } catch {
        return UNREADABLE;
      }
    };
    return [name, { ...method, requestDeserialize }];
  });
  return Object.fromEntries(readable) as Service;
}

/** Throws a `CallFailure` `request_unreadable`. */
export function requireReadable(request: unknown): void {
  if (request !== UNREADABLE) return;
  throw refusal('invalid', 'request_unreadable', 'the request is not a protobuf message of this method');
}
