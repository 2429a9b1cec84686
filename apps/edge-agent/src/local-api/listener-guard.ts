import type { ProblemError } from '@tolem/base';
import { doorProblem } from './door-problem.ts';

export interface KnockingRequest {
  method: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

const LOCAL_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * The rules of a listener that any page in any browser of this machine can reach [decisions: Local listeners]: `Host` is
 * ours (a foreign name that resolves here is an attack by DNS), no foreign `Origin`, no cross-site fetch, POST only as JSON.
 * Returns the refusal, or undefined to let it in.
 */
export function refuseAtTheDoor(
  request: KnockingRequest,
  own: { hosts: string[]; port: number },
): ProblemError | undefined {
  const host = single(request.headers.host)?.toLowerCase() ?? '';
  if (!isOwnHost(host, own)) {
    return doorProblem(
      'host_refused',
      `the Host header names ${JSON.stringify(host.slice(0, 80))}, which is not this agent`,
    );
  }
  const origin = single(request.headers.origin);
  if (origin !== undefined && origin.toLowerCase() !== `http://${host}`) {
    return doorProblem('origin_refused', 'the Origin header names another site');
  }
  const site = single(request.headers['sec-fetch-site']);
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return doorProblem('origin_refused', 'a browser says that another site sends this request');
  }
  if (request.method === 'POST' && !isJson(single(request.headers['content-type']))) {
    return doorProblem('content_type_refused', 'a POST needs the header content-type: application/json');
  }
  return undefined;
}

/** Whether a `Host` header names this listener: by localhost or by one of its own addresses, and its port. */
export function isOwnHost(host: string, own: { hosts: string[]; port: number }): boolean {
  const [, name = '', port = '80'] = /^(\[[0-9a-f:.]+\]|[^:]*)(?::(\d{1,5}))?$/.exec(host) ?? [];
  return Number(port) === own.port && (LOCAL_NAMES.has(name) || own.hosts.includes(name));
}

function isJson(contentType: string | undefined): boolean {
  return /^application\/json\s*(;\s*charset=utf-8\s*)?$/i.test(contentType ?? '');
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(',') : header;
}
