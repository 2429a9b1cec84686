import type { ServerResponse } from 'node:http';
import type { Clock } from '@tolem/base';
import type { DoorMetrics } from '../metrics/door-metrics.ts';
import type { App } from './api.ts';
import type { ChangeFeed, FeedEntry } from './change-feed.ts';
import { doorProblem } from './problem-answer.ts';

/** Pages open at once; each costs a socket and little else. */
const STREAMS_MAX = 200;
/** Shorter than the minute after which proxies cut silent connections. */
const HEARTBEAT_MS = 15_000;
/** A reader that doesn't read is cut before it costs memory; it comes back with its last id. */
const UNREAD_MAX_BYTES = 256 * 1024;

/** Server-sent events: `change` with `{kind, …ids}`, or `reset` where the reader must read everything again. */
export function addStreamRoute(app: App, parts: { feed: ChangeFeed; clock: Clock; metrics: DoorMetrics }): void {
  const { feed, clock, metrics } = parts;
  const open = new Set<ServerResponse>();
  app.get('/stream', { schema: { tags: ['stream'], description: describe } }, async (request, reply) => {
    if (open.size >= STREAMS_MAX) throw doorProblem('too_many_streams', 'too many streams', { retryAfterS: 30 });
    const lastId = request.headers['last-event-id'];
    const missed = typeof lastId === 'string' ? feed.since(lastId) : undefined;
    const response = reply.raw;
    reply.hijack();
    response.writeHead(200, {
      ...withoutUndefined(reply.getHeaders()),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const write = (text: string) => {
      if (response.writableLength > UNREAD_MAX_BYTES) response.destroy();
      else response.write(text);
    };
    write(missed === undefined ? `retry: 2000\nid: ${feed.head}\nevent: reset\ndata: {}\n\n` : 'retry: 2000\n\n');
    for (const entry of missed ?? []) write(format(entry));
    const unsubscribe = feed.subscribe((entry) => write(format(entry)));
    let heartbeat = { cancel: () => {} };
    const beat = () => {
      heartbeat = clock.after(HEARTBEAT_MS, () => {
        write(': alive\n\n');
        beat();
      });
    };
    beat();
    open.add(response);
    metrics.connections('stream', open.size);
    response.on('close', () => {
      unsubscribe();
      heartbeat.cancel();
      open.delete(response);
      metrics.connections('stream', open.size);
    });
  });
  app.addHook('preClose', async () => {
    for (const response of open) response.end();
  });
}

const describe = 'Server-sent events. Resumable by Last-Event-ID. A change is a hint: read what it names again.';

function format({ id, change }: FeedEntry): string {
  return `id: ${id}\nevent: change\ndata: ${JSON.stringify(change)}\n\n`;
}

function withoutUndefined(headers: Record<string, number | string | string[] | undefined>) {
  const entries = Object.entries(headers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Record<string, number | string | string[]>;
}
