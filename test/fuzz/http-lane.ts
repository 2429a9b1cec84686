import type { Socket } from 'node:net';

/** Bytes to a door, as they go over the wire. */
export interface HttpShot {
  bytes: Buffer;
  /** The request may be cut short or be no HTTP at all: the connection is closed on our side, and no answer is an answer. */
  isBroken: boolean;
  isHead: boolean;
}

export interface HttpAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** One connection at a time, kept alive as long as the door keeps it. */
export interface HttpLane {
  /** Every answer that came: none where the door hung up, several where it saw several requests. */
  send(shot: HttpShot): Promise<HttpAnswer[]>;
  close(): void;
}

export function createHttpLane(connectTo: () => Socket): HttpLane {
  let kept: Socket | undefined;
  const take = (): Socket => {
    const socket = kept && !kept.destroyed && kept.writable ? kept : connectTo();
    if (socket !== kept) socket.on('error', () => {});
    kept = undefined;
    return socket;
  };
  return {
    async send(shot) {
      const isReused = kept !== undefined;
      const answers = await exchange(take(), shot, (socket) => {
        kept = socket;
      });
      // A kept connection may have been closed by the door just now: nothing of the request was read.
      if (answers.length > 0 || shot.isBroken || !isReused) return answers;
      return exchange(take(), shot, (socket) => {
        kept = socket;
      });
    },
    close: () => kept?.destroy(),
  };
}

function exchange(socket: Socket, shot: HttpShot, keep: (socket: Socket) => void): Promise<HttpAnswer[]> {
  return new Promise((resolve) => {
    const answers: HttpAnswer[] = [];
    let unread: Buffer = Buffer.alloc(0);
    const end = (isKept: boolean) => {
      socket.removeAllListeners('data');
      socket.removeAllListeners('close');
      if (isKept) keep(socket);
      else socket.destroy();
      resolve(answers);
    };
    socket.on('data', (chunk: Buffer) => {
      unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
      for (let read = readAnswer(unread, shot.isHead); read; read = readAnswer(unread, shot.isHead)) {
        unread = unread.subarray(read.bytes);
        if (read.answer.status >= 200) answers.push(read.answer);
        if (read.endsNever) return end(false);
      }
      if (answers.length > 0 && !shot.isBroken) end(answers.at(-1)?.headers.connection !== 'close');
    });
    socket.once('close', () => end(false));
    if (shot.isBroken) socket.end(shot.bytes);
    else socket.write(shot.bytes);
  });
}

interface ReadAnswer {
  answer: HttpAnswer;
  bytes: number;
  /** A stream of events: it goes on until somebody leaves. */
  endsNever: boolean;
}

function readAnswer(bytes: Buffer, isHead: boolean): ReadAnswer | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? 0);
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const bodyStart = headEnd + 4;
  if (headers['content-type']?.startsWith('text/event-stream')) {
    return { answer: { status, headers, body: '' }, bytes: bytes.length, endsNever: true };
  }
  const hasNoBody = isHead || status < 200 || status === 204 || status === 304;
  if (hasNoBody) return { answer: { status, headers, body: '' }, bytes: bodyStart, endsNever: false };
  if (headers['transfer-encoding'] === 'chunked') return readChunked(bytes, bodyStart, { status, headers });
  const length = Number(headers['content-length'] ?? 0);
  if (bytes.length < bodyStart + length) return undefined;
  const body = bytes.toString('utf8', bodyStart, bodyStart + length);
  return { answer: { status, headers, body }, bytes: bodyStart + length, endsNever: false };
}

function readChunked(bytes: Buffer, from: number, head: Omit<HttpAnswer, 'body'>): ReadAnswer | undefined {
  const parts: Buffer[] = [];
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (size === 0) {
      const body = Buffer.concat(parts).toString('utf8');
      return { answer: { ...head, body }, bytes: next, endsNever: false };
    }
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}
