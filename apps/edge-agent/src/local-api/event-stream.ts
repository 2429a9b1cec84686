import type { Clock, Timer } from '@tolem/base';
import type { FastifyReply } from 'fastify';
import { doorProblem } from './door-problem.ts';

/** A comment often enough that neither browsers nor proxies think the stream dead. */
const HEARTBEAT_MS = 15_000;
/** A stream is closed after this and comes back by itself: nothing lives for ever. */
const LIFE_MS = 3_600_000;
/** How long a browser waits before it comes back. */
const COME_BACK_MS = 1000;
/** What a slow reader may leave unread before it is cut off. */
const UNREAD_BYTES_MAX = 64 * 1024;
/** Streams of all callers together; a store has a few tills and screens. */
const STREAMS_MAX = 64;

export interface EventStream {
  /** `written` runs once the event has been handed to the network. */
  send(event: { name: string; id?: string; data: unknown }, written?: () => void): void;
  onClose(run: () => void): void;
}

/** Server-sent events of all callers, so that the agent can end them when it stops. */
export interface EventStreams {
  /** Takes over the answer. Throws `too_many_requests` beyond the limit. */
  open(reply: FastifyReply): EventStream;
  closeAll(): void;
}

export function createEventStreams(clock: Clock): EventStreams {
  const enders = new Set<() => void>();
  return {
    open(reply) {
      if (enders.size >= STREAMS_MAX) {
        throw doorProblem('too_many_requests', 'too many event streams', { retry: 'after', retryAfterS: 5 });
      }
      return openStream(reply, clock, enders);
    },
    closeAll() {
      for (const end of [...enders]) end();
    },
  };
}

function openStream(reply: FastifyReply, clock: Clock, enders: Set<() => void>): EventStream {
  const { raw } = reply;
  const closers: Array<() => void> = [];
  let heartbeat: Timer;
  const end = () => raw.end();
  const write = (text: string, written?: () => void) => {
    if (raw.writableEnded || raw.destroyed) return;
    raw.write(text, (error) => {
      if (!error) written?.();
    });
    if (raw.writableLength > UNREAD_BYTES_MAX) raw.destroy();
  };
  const beat = () => {
    write(': still here\n\n');
    heartbeat = clock.after(HEARTBEAT_MS, beat);
  };

  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // An ended stream must not leave an idle connection behind.
    connection: 'close',
    'x-accel-buffering': 'no',
  });
  write(`retry: ${COME_BACK_MS}\n\n`);
  heartbeat = clock.after(HEARTBEAT_MS, beat);
  const life = clock.after(LIFE_MS, end);
  enders.add(end);
  raw.once('close', () => {
    heartbeat.cancel();
    life.cancel();
    enders.delete(end);
    for (const close of closers) close();
  });
  raw.on('error', () => raw.destroy());
  return {
    send({ name, id, data }, written) {
      write(`${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`, written);
    },
    onClose: (run) => void closers.push(run),
  };
}
