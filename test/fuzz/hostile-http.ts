import type { Dice } from './dice.ts';
import { bodyOf, hostileBody } from './hostile-body.ts';
import { breakFraming } from './hostile-framing.ts';
import { hostileHeaders } from './hostile-headers.ts';
import { hostileTarget, targetOf } from './hostile-target.ts';
import type { HttpShot } from './http-lane.ts';
import { type HttpRequest, type HttpRoute, type HttpWorld, write } from './http-request.ts';

export type HttpKind = 'valid' | 'body' | 'headers' | 'target' | 'auth' | 'framing' | 'everything';

export interface HttpMessage extends HttpShot {
  kind: HttpKind;
  route: string;
  /** The only statuses that the request may be answered with, where its one fault decides that. */
  must?: readonly number[] | undefined;
}

const KINDS: readonly HttpKind[] = [
  'valid',
  'body',
  'body',
  'body',
  'body',
  'headers',
  'headers',
  'target',
  'target',
  'auth',
  'framing',
  'everything',
];

/** One hostile request: mostly a good one with one thing wrong, so that it comes as far as it can. */
export function makeHttpMessage(dice: Dice, world: HttpWorld): HttpMessage {
  const kind = dice.pick(KINDS);
  const route = dice.pick(world.routes);
  const request = goodRequest(dice, world, route);
  if (kind === 'body' || kind === 'everything') request.body = hostileBody(dice, route.body);
  if (kind === 'target' || kind === 'everything') request.target = hostileTarget(dice, route.path, world);
  if (kind === 'headers' || kind === 'everything') hostileHeaders(dice, request, world);
  if (kind === 'auth') spoilCredentials(dice, request, world);
  const framed = kind === 'framing' ? breakFraming(dice, request, write(request)) : { bytes: write(request) };
  const must = kind === 'everything' ? undefined : request.must;
  return {
    kind,
    route: `${route.method} ${route.path}`,
    isBroken: kind === 'framing' || kind === 'everything' || kind === 'headers',
    isHead: request.method === 'HEAD',
    ...framed,
    must,
  };
}

function goodRequest(dice: Dice, world: HttpWorld, route: HttpRoute): HttpRequest {
  const body = bodyOf(dice, route.body);
  const key = `fuzz-${dice.bytes(12).toString('hex')}`;
  return {
    method: route.method,
    target: targetOf(dice, route.path, world),
    version: '1.1',
    headers: [
      ['Host', world.host],
      ...Object.entries(world.credentials),
      ...(route.method === 'GET' ? [] : ([['Idempotency-Key', key]] as Array<[string, string]>)),
      ...(route.method === 'POST' || body ? ([['Content-Type', 'application/json']] as Array<[string, string]>) : []),
    ],
    body: route.method === 'GET' ? undefined : body,
  };
}

function spoilCredentials(dice: Dice, request: HttpRequest, { credentials, guards }: HttpWorld): void {
  const names = new Set(Object.keys(credentials));
  const [[, good = ''] = []] = Object.entries(credentials);
  request.headers = request.headers.filter(([name]) => !names.has(name));
  const wrong = dice.pick([
    undefined,
    'Bearer ',
    'Bearer x',
    `Bearer ${'x'.repeat(dice.pick([43, 49, 200, 201, 9_000]))}`,
    'Basic dXNlcjpwYXNz',
    good.slice(0, -1),
    `${good}x`,
    good.toUpperCase(),
    good.replace('Bearer ', 'Token '),
    `${good}, ${good}`,
    'Bearer \u00ff\u00fe',
    'Bearer null',
    "Bearer ' or 1=1",
  ]);
  if (wrong !== undefined) request.headers.push(['Authorization', wrong]);
  else if (dice.oneIn(2))
    request.headers.push(['Cookie', dice.pick(['tolem_page=x', 'tolem_session=', '=;;=', 'a'.repeat(5_000)])]);
  request.must = guards.noToken;
}
