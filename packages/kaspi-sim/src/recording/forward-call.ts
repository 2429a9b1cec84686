import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { PlainAnswer, RawRequest } from './peer-server.ts';

/** The real other side, and what opens its door. */
export interface Upstream {
  /** `https://mtokentest.kaspi.kz:8545` or `http://192.168.1.15:8080`. */
  origin: string;
  pfx?: Buffer;
  passphrase?: string;
  /** Authorities to trust instead of the machine's own. */
  ca?: string[];
  /** The name to check the certificate against, where the address is a terminal's IP. */
  servername?: string;
}

/** A terminal's pairing blocks for three minutes; nothing else takes longer. */
const ANSWER_LIMIT_MS = 240_000;
const MAX_ANSWER_BYTES = 1_048_576;
/** Of the connection, not of the call. */
const OWN_HEADERS = new Set([
  'host',
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
  'accept-encoding',
]);

/** Passes one call on as it came, on a connection of its own; whatever ends without a whole answer is `cut`. Never repeats. */
export function forwardCall(upstream: Upstream, method: string, raw: RawRequest): Promise<PlainAnswer> {
  const { origin, ...tls } = upstream;
  const headers = Object.fromEntries(Object.entries(raw.headers).filter(([name]) => !OWN_HEADERS.has(name)));
  const url = new URL(raw.target, origin);
  const options = {
    method,
    headers: { ...headers, 'content-length': raw.body.length, 'accept-encoding': 'identity' },
    agent: false as const,
    timeout: ANSWER_LIMIT_MS,
  };
  return new Promise((resolve) => {
    const cut = () => resolve({ cut: true });
    const onAnswer = (answer: IncomingMessage) => readAnswer(answer).then(resolve, cut);
    const sent =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...options, ...tls, minVersion: 'TLSv1.2' }, onAnswer)
        : httpRequest(url, options, onAnswer);
    sent.on('timeout', () => sent.destroy());
    sent.on('error', cut);
    sent.end(raw.body);
  });
}

async function readAnswer(answer: IncomingMessage): Promise<PlainAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) return { cut: true };
    chunks.push(chunk);
  }
  const contentType = answer.headers['content-type'] ?? 'application/octet-stream';
  return { status: answer.statusCode ?? 502, contentType, body: Buffer.concat(chunks) };
}
