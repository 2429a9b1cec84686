import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '@tolem/base';
import { eventually, ROOT } from './program.ts';

/** What a webhook says, as far as the situations look at it. */
export interface ShopEvent {
  id: string;
  type: string;
  payment?: { id: string; status: string; version: number; refundedAmount: string; late?: { outcome: string } };
  refund?: { id: string; status: string; evidence?: string };
}

/** `well`; answers 500; takes its time; takes the event and lets the answer get lost; says what is no HTTP. */
export type Mood = 'well' | 'failing' | 'slow' | 'answer_lost' | 'garbage';

/** The receiver of the documentation as a process of its own, behind a door whose moods the situations choose. */
export interface WebhookShop {
  /** For the hub's configuration. */
  readonly endpoint: { id: string; url: string; secretFile: string; events: string[] };
  mood: Mood;
  /** Posts that reached the door. */
  readonly posts: number;
  /** What the receiver has kept. */
  events(): ShopEvent[];
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const RECEIVER = join(ROOT, 'docs/examples/webhook-receiver.mjs');
const SLOW_MS = 1_500;
const clock = createSystemClock();

export async function startWebhookShop(): Promise<WebhookShop> {
  const folder = mkdtempSync(join(tmpdir(), 'tolem-shop-'));
  const [secretFile, eventsFile] = [join(folder, 'secret'), join(folder, 'events')];
  writeFileSync(secretFile, `${randomBytes(32).toString('hex')}\n`);
  const port = await freePort();
  let receiver: ChildProcess | undefined;
  let posts = 0;
  let mood: Mood = 'well';

  const start = async (): Promise<void> => {
    receiver = spawn(process.execPath, [RECEIVER, String(port), secretFile, eventsFile], { stdio: 'ignore' });
    const isListening = async () => (await fetch(`http://127.0.0.1:${port}/`)).status === 401;
    await eventually('the receiver listens', () => isListening().catch(() => false));
  };
  const kill = async (): Promise<void> => {
    if (!receiver || receiver.exitCode !== null || receiver.signalCode !== null) return;
    const ended = once(receiver, 'exit');
    receiver.kill('SIGKILL');
    await ended;
  };
  const pass = async (request: IncomingMessage, body: Buffer): Promise<number> => {
    const headers = { 'tolem-signature': String(request.headers['tolem-signature']) };
    return (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body: new Uint8Array(body) })).status;
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = Buffer.concat(await request.toArray());
    const now = mood;
    posts += 1;
    if (now === 'garbage') return void request.socket.end('BONJOUR\r\n\r\n');
    if (now === 'failing') return void response.writeHead(500).end();
    if (now === 'slow') await clock.sleep(SLOW_MS);
    const status = await pass(request, body);
    if (now === 'answer_lost') request.socket.destroy();
    else response.writeHead(status).end();
  };
  const door = createServer((request, response) => {
    answer(request, response).catch(() => request.socket.destroy());
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  await start();
  const url = `http://127.0.0.1:${(door.address() as AddressInfo).port}/tolem`;
  return {
    endpoint: { id: 'shop', url, secretFile, events: ['payment.*', 'refund.*', 'case.*'] },
    get mood() {
      return mood;
    },
    set mood(next) {
      mood = next;
    },
    get posts() {
      return posts;
    },
    events: () =>
      (existsSync(eventsFile) ? readFileSync(eventsFile, 'utf8') : '')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as ShopEvent),
    kill,
    restart: start,
    async stop() {
      await kill();
      door.closeAllConnections();
      door.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
