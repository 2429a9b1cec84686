import type { Dice } from './dice.ts';

/** A route as the door's own contract tells it, with a body that it would take. */
export interface HttpRoute {
  method: string;
  /** Such as `/v1/payments/{id}`. */
  path: string;
  /** A valid body as its members' JSON text; undefined for a route without. */
  body?: Readonly<Record<string, string>> | undefined;
}

/** What a hostile request may know of the world behind the door. */
export interface HttpWorld {
  host: string;
  routes: readonly HttpRoute[];
  /** Ids of things that exist: the caller's own, and others'. */
  ids: readonly string[];
  /** Headers of a caller who may do everything. */
  credentials: Readonly<Record<string, string>>;
  /** The status lines by which the door sends away who may not come in. */
  guards: HttpGuards;
  /** The parameters that the routes are about, where they are no body. */
  query?(dice: Dice): string;
}

/** Statuses by which a door refuses; `undefined` where the rule is not this door's. */
export interface HttpGuards {
  foreignHost: readonly number[] | undefined;
  foreignSite: readonly number[] | undefined;
  wrongType: readonly number[] | undefined;
  noToken: readonly number[] | undefined;
}

export interface HttpRequest {
  method: string;
  target: string;
  version: string;
  headers: Array<[name: string, value: string]>;
  body: Buffer | undefined;
  must?: readonly number[] | undefined;
}

export function write({ method, target, version, headers, body }: HttpRequest): Buffer {
  const hasLength = headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
  const length = body === undefined || hasLength ? [] : [`Content-Length: ${body.length}`];
  const head = [
    `${method} ${target} HTTP/${version}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...length,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), body ?? Buffer.alloc(0)]);
}
