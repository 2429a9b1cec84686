import { connect, type Socket } from 'node:net';
import type { Dice } from './dice.ts';
import { type HttpMessage, makeHttpMessage } from './hostile-http.ts';
import { judgeHttp, type ReadRefusal } from './http-judge.ts';
import { createHttpLane, type HttpAnswer, type HttpShot } from './http-lane.ts';
import type { HttpWorld } from './http-request.ts';
import type { OpenDoor, Verdict } from './storm.ts';

/** Enough to keep the door busy while answers are under way. */
const LANES = 24;
/** Fewer messages are no storm: not every route can be expected to have been met. */
const COVERED_FROM = 20_000;

export interface HttpDoorParts {
  world: HttpWorld;
  /** By lane, so that a limit for each address can be spread or met. */
  connectTo(lane: number): Socket;
  read: ReadRefusal;
  /** Looks at the answers of one message; a fault is what they must not be. */
  note?(message: HttpMessage, answers: readonly HttpAnswer[]): string | undefined;
  /** Before each message. */
  tick?(): Promise<void>;
  aftermath(ask: (shot: HttpShot) => Promise<HttpAnswer[]>): Promise<string[]>;
  close(): Promise<void>;
}

/** An HTTP door under fire: connections kept alive where the door keeps them, the oracle, and the count of every route. */
export function openHttpStorm(parts: HttpDoorParts): OpenDoor<HttpMessage> {
  const { world } = parts;
  const lanes = Array.from({ length: LANES }, (_, lane) => createHttpLane(() => parts.connectTo(lane)));
  const met = new Map(world.routes.map(({ method, path }) => [`${method} ${path}`, 0]));
  let sent = 0;
  return {
    lanes: LANES,
    ...(parts.tick ? { before: () => parts.tick?.() ?? Promise.resolve() } : {}),
    make: (dice: Dice) => makeHttpMessage(dice, world),
    async send(message, lane): Promise<Verdict> {
      const answers = (await lanes[lane]?.send(message)) ?? [];
      sent++;
      if (answers.length > 0) met.set(message.route, (met.get(message.route) ?? 0) + 1);
      const verdict = judgeHttp(message, answers, parts.read);
      return verdict.fault === undefined ? { ...verdict, fault: parts.note?.(message, answers) } : verdict;
    },
    show: ({ kind, bytes }) => `${kind} ${JSON.stringify(bytes.toString('latin1'))}`,
    async aftermath() {
      const unmet = [...met].filter(([, count]) => count < 10).map(([route]) => route);
      const lane = createHttpLane(() => parts.connectTo(0));
      const faults = await parts.aftermath((shot) => lane.send(shot));
      lane.close();
      return [...faults, ...(sent < COVERED_FROM ? [] : unmet.map((route) => `no message came as far as ${route}`))];
    },
    async close() {
      for (const lane of lanes) lane.close();
      await parts.close();
    },
  };
}

/** Connections that never finish their request: half a head, or a body that drips. */
export interface SlowClients {
  /** How many of them the door still holds. */
  held(): number;
  close(): void;
}

export function openSlowClients(port: number, host: string, count: number, localAddress?: string): SlowClients {
  const sockets = Array.from({ length: count }, (_, at) => {
    const socket = connect({ port, host: '127.0.0.1', ...(localAddress === undefined ? {} : { localAddress }) });
    const head =
      at % 2 === 0
        ? `GET / HTTP/1.1\r\nHost: ${host}\r\nX-Slow: `
        : `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n`;
    socket.on('error', () => {});
    socket.on('data', () => {});
    socket.write(head);
    const drip = setInterval(() => socket.writable && socket.write('x'), 500);
    socket.on('close', () => clearInterval(drip));
    return socket;
  });
  return {
    held: () => sockets.filter((socket) => !socket.destroyed && !socket.readableEnded).length,
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Waits until a condition holds, in real time. */
export async function within(limitMs: number, holds: () => boolean): Promise<boolean> {
  const end = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return true;
}
