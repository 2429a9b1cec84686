import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Context } from '@tolem/base';
import { HubError, isHubError } from '../hub-error.ts';
import type { SendOutcome, SendRequest, SendWebhook } from '../webhook/webhook.ts';
import { SIGNATURE_HEADER, signatureOf } from './signature.ts';
import { readSecrets } from './webhook-secrets.ts';

/** From the connection's beginning to the answer's status: a receiver stores the event and answers, it does no work first. */
const ANSWER_LIMIT_MS = 10_000;
/** Only the status counts; of the body this much is taken off the wire so that the connection can be used again. */
const ANSWER_BODY_MAX_BYTES = 64 * 1024;
/** Connections kept open to one endpoint: as many as posts may be under way. */
const SOCKETS_MAX = 8;

export interface SenderOptions {
  context: Pick<Context, 'clock' | 'log'>;
  secretFileOf(endpointId: string): string;
}

export interface WebhookSender {
  send: SendWebhook;
  close(): void;
}

/** Posts to endpoints: signed anew for each attempt, one try, no redirect followed, every failure a word. */
export function openWebhookSender({ context, secretFileOf }: SenderOptions): WebhookSender {
  const limits = { keepAlive: true, maxSockets: SOCKETS_MAX, scheduling: 'lifo' } as const;
  const agents = { http: new HttpAgent(limits), https: new HttpsAgent(limits) };
  const send: SendWebhook = async (given) => {
    try {
      const secrets = await readSecrets(secretFileOf(given.endpointId));
      const timestampS = Math.floor(context.clock.nowMs() / 1000);
      return await post(given, signatureOf(given.body, timestampS, secrets), { agents, clock: context.clock });
    } catch (error) {
      const answer = wordOf(error);
      if (answer === 'secret_unusable') {
        context.log.error({ endpointId: given.endpointId, error }, 'webhook.secret_unusable');
      }
      return { isTaken: false, answer };
    }
  };
  return {
    send,
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

interface Wire {
  agents: { http: HttpAgent; https: HttpsAgent };
  clock: Context['clock'];
}

function post(given: SendRequest, signature: string, { agents, clock }: Wire): Promise<SendOutcome> {
  const url = new URL(given.url);
  const payload = Buffer.from(given.body, 'utf8');
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': payload.length,
    'user-agent': 'tolem-hub',
    'tolem-event-id': given.eventId,
    'tolem-event-type': given.type,
    'tolem-attempt': given.attempt,
    [SIGNATURE_HEADER]: signature,
  };
  return new Promise((resolve, reject) => {
    const onAnswer = (response: IncomingMessage): void => {
      limit.cancel();
      drain(response);
      const status = response.statusCode ?? 0;
      resolve({ isTaken: status >= 200 && status < 300, answer: String(status) });
    };
    const options = { method: 'POST', headers };
    const outgoing =
      url.protocol === 'https:'
        ? requestHttps(url, { ...options, agent: agents.https }, onAnswer)
        : requestHttp(url, { ...options, agent: agents.http }, onAnswer);
    const limit = clock.after(ANSWER_LIMIT_MS, () =>
      outgoing.destroy(new HubError('webhook_unanswered', 'the endpoint did not answer in time')),
    );
    outgoing.on('error', (error) => {
      limit.cancel();
      reject(error);
    });
    outgoing.end(payload);
  });
}

/** Takes a short body off the wire and drops what is long, or never ends. */
function drain(response: IncomingMessage): void {
  let taken = 0;
  response.setTimeout(ANSWER_LIMIT_MS, () => response.destroy());
  response.on('data', (chunk: Buffer) => {
    taken += chunk.length;
    if (taken > ANSWER_BODY_MAX_BYTES) response.destroy();
  });
  response.on('error', () => {});
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'connection_lost',
  EPIPE: 'connection_lost',
  ENOTFOUND: 'name_unknown',
  EAI_AGAIN: 'name_unknown',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'timeout',
};

/** A short word for a failure: it is stored, shown and counted, so no text of the other side goes into it. */
function wordOf(error: unknown): string {
  if (isHubError(error, 'webhook_unanswered')) return 'timeout';
  if (isHubError(error, 'webhook_secret_unusable')) return 'secret_unusable';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/^(CERT|ERR_TLS|ERR_SSL|DEPTH_|SELF_|UNABLE_|EPROTO)/.test(code)) return 'certificate_refused';
  if (code.startsWith('HPE_')) return 'not_http';
  return WORDS[code] ?? 'failed';
}
