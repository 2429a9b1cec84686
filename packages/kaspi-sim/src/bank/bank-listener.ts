import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Context } from '@tolem/base';
import type { CallLog } from '../calls/call-log.ts';
import { describeOutcome } from '../calls/describe-outcome.ts';
import { isApiKey } from '../certificates/api-key.ts';
import type { SimPki } from '../certificates/sim-pki.ts';
import { type Answer, answerWithFault } from '../faults/answer-with-fault.ts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import { type Bank, replyOfCode, writeReply } from './bank.ts';
import type { Caller, Scheme } from './scheme.ts';
import { writeJson } from './wire-json.ts';

export interface BankListenerOptions {
  scheme: Scheme;
  /** Scheme 1. */
  apiKey: string;
  bank: Bank;
  pki: SimPki;
  faults: FaultPlan;
  calls: CallLog;
  context: Context;
}

/** The largest request of the API is below 1 KB. */
const MAX_BODY_BYTES = 65_536;
const PATH = /^\/r([123])\/(v01|v02)\/(.+?)\/?$/;

/**
 * The door of one scheme [QR 3.9 §1.3]. Scheme 1: TLS of the server alone and the header `Api-Key`; 2: TLS 1.2 with a client
 * certificate; 3: the same, and only from allowed addresses: from elsewhere the connection closes before TLS, as at a firewall.
 */
export function createBankListener(options: BankListenerOptions): Server {
  const { pki, bank, scheme } = options;
  const own = { key: pki.server.keyPem, cert: pki.server.certificatePem, minVersion: 'TLSv1.2' as const };
  // A missing or foreign certificate is answered in words (−10000), not by the handshake.
  const mutual = { ca: [pki.rootPem, pki.intermediatePem], requestCert: true, rejectUnauthorized: false };
  const server = createServer(
    scheme === 1 ? own : { ...own, ...mutual, maxVersion: 'TLSv1.2' },
    (request, response) => {
      serve(options, request, response).catch((error: unknown) => {
        options.context.log.error({ error }, 'the simulated bank failed at a call');
        response.destroy();
      });
    },
  );
  server.on('connection', (socket) => {
    if (options.faults.takeConnection(`bank:r${scheme}`) && socket instanceof Socket) {
      socket.resetAndDestroy();
      return;
    }
    const address = ((socket instanceof Socket && socket.remoteAddress) || '').replace(/^::ffff:/, '');
    if (scheme === 3 && !bank.state.settings.allowedAddresses.includes(address)) {
      options.context.log.warn({ address }, 'the simulated bank turned away an address that is not allowed');
      socket.destroy();
    }
  });
  server.on('tlsClientError', (error) =>
    options.context.log.debug({ error }, 'a TLS handshake with the simulated bank failed'),
  );
  return server;
}

async function serve(options: BankListenerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { bank } = options;
  const body = await readBody(request);
  if (body === undefined) return void response.destroy();
  const url = new URL(request.url ?? '/', 'https://bank.invalid');
  const [, prefix = '', version = 'v01', encodedPath = ''] = PATH.exec(url.pathname) ?? [];
  const path = decodePath(encodedPath);
  const caller = callerOf(options);
  const where = `bank:r${caller.scheme}`;
  const fault = options.faults.take({ where, path });
  const requestId = request.headers['x-request-id'];
  let refusal: Answer | undefined;
  const process = (): Answer => {
    refusal = refuseCaller(options, request);
    if (refusal) return refusal;
    if (prefix !== String(caller.scheme)) return problem(404, 'Not Found');
    const handled = bank.handle({
      caller,
      verb: request.method ?? 'GET',
      version: version === 'v02' ? 'v02' : 'v01',
      path,
      query: Object.fromEntries(url.searchParams),
      body,
      ...(fault?.kind === 'word' ? { shownWord: fault.word } : {}),
    });
    if (!handled) return problem(404, 'Not Found');
    if ('malformed' in handled) return problem(400, 'One or more validation errors occurred.', handled.malformed);
    return { httpStatus: 200, body: writeReply(handled) };
  };
  const refuse = (code: number): Answer => ({ httpStatus: 200, body: writeReply(replyOfCode(code)) });
  if (bank.state.settings.badCertificate === 'cut' && !isAuthorized(options, request))
    return void request.socket.destroy();
  const finish = options.calls.begin({
    at: new Date(options.context.clock.nowMs()).toISOString(),
    where: 'bank',
    scheme: caller.scheme,
    method: request.method ?? '',
    path: `${version}/${path}`,
    ...(typeof requestId === 'string' ? { requestId } : {}),
    ...(fault ? { fault: fault.kind } : {}),
  });
  const outcome = await answerWithFault(fault, { response, clock: options.context.clock, process, refuse });
  finish(describeOutcome(outcome));
}

/** Under schemes 1 and 2 the key and the certificates belong to the first organisation. */
function callerOf({ bank, scheme }: BankListenerOptions): Caller {
  return scheme === 3 ? { scheme } : { scheme, organizationBin: bank.state.settings.organizations[0]?.bin ?? '' };
}

function refuseCaller(options: BankListenerOptions, request: IncomingMessage): Answer | undefined {
  const { bank, scheme } = options;
  if (!isAuthorized(options, request)) {
    const { badCertificate } = bank.state.settings;
    if (badCertificate === 'http')
      return scheme === 1 ? problem(401, 'Unauthorized') : problem(400, 'The SSL certificate error');
    return { httpStatus: 200, body: writeReply(bank.state.refuse('health/ping', 'no_client_certificate')) };
  }
  // [QR 3.9 §4.1] every request carries it; the document names no code for its absence.
  return request.headers['x-request-id'] ? undefined : problem(400, 'X-Request-ID is required', 'X-Request-ID');
}

function isAuthorized({ scheme, apiKey }: BankListenerOptions, request: IncomingMessage): boolean {
  const given = request.headers['api-key'];
  if (scheme === 1) return typeof given === 'string' && isApiKey(given, apiKey);
  return request.socket instanceof TLSSocket && request.socket.authorized;
}

/** What the framework behind the bank answers before the method is reached: no envelope. */
function problem(status: number, title: string, member?: string): Answer {
  const errors = member === undefined ? {} : { errors: { [member]: ['The field is required or has a wrong form.'] } };
  return { httpStatus: status, body: writeJson({ title, status, ...errors }), contentType: 'application/problem+json' };
}

/** A path that is no UTF-8 names no method. */
function decodePath(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return '';
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}
