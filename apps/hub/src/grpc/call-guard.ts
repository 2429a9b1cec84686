import { Metadata, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import type { Logger } from '@tolem/base';
import type { Caller } from '../caller.ts';
import type { HubCore } from '../hub-core.ts';
import type { AgentIdentity, Gatekeeper } from '../identity/admission.ts';
import type { DoorMetrics } from '../metrics/door-metrics.ts';
import { type CallFailure, type MoneyOfCall, refusal, toCallFailure } from './call-error.ts';
import { requireReadable } from './readable-service.ts';

/** The part of every kind of server call that tells who calls. */
export interface IncomingCall {
  metadata: Metadata;
  /** The one request of a call that has one. */
  request?: unknown;
  getAuthContext(): { sslPeerCertificate?: { raw?: Uint8Array } };
  getPath(): string;
  sendMetadata(metadata: Metadata): void;
}

export interface AgentCaller extends AgentIdentity {
  caller: Caller;
  /** What Hello gave; 0 for Hello itself. */
  session: number;
}

export interface CallGuardOptions {
  core: Pick<HubCore, 'agents' | 'hubEpoch'>;
  gatekeeper: Gatekeeper;
  log: Logger;
  metrics: DoorMetrics;
}

export interface MethodOptions {
  money: MoneyOfCall;
  /** Hello alone comes without a session. */
  withoutSession?: boolean;
}

/** What stands before every method: who calls, whether it may, with which session; and how errors go out. */
export interface CallGuard {
  /** Throws a `CallFailure`. */
  enter(call: IncomingCall, options: MethodOptions): Promise<AgentCaller>;
  /** Checks again during a long stream; throws a `CallFailure`. */
  stillWelcome(call: IncomingCall): Promise<void>;
  unary<Request, Response>(
    options: MethodOptions,
    run: (agent: AgentCaller, request: Request) => Promise<Response>,
  ): (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => void;
  /** Resolves when no unary call is under way. */
  idle(): Promise<void>;
  /** Turns any error into what goes over the wire, logging those that nobody foresaw. */
  failureOf(error: unknown, call: IncomingCall, money: MoneyOfCall): CallFailure;
}

const SESSION_KEY = 'tolem-session';
const EPOCH_KEY = 'tolem-hub-epoch';

export function createCallGuard({ core, gatekeeper, log, metrics }: CallGuardOptions): CallGuard {
  const admit = async (call: IncomingCall): Promise<AgentIdentity> => {
    const admission = await gatekeeper.admit(call.getAuthContext().sslPeerCertificate?.raw);
    if (admission.admitted) return admission.identity;
    metrics.refused('grpc', admission.reason);
    const word = admission.reason === 'revoked' ? 'revoked' : 'not_welcome';
    throw refusal('unauthenticated', word, `this certificate may not come in: ${admission.reason}`);
  };
  let underWay = 0;
  const waiting = new Set<() => void>();
  const ended = (): void => {
    underWay -= 1;
    if (underWay > 0) return;
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  const guard: CallGuard = {
    idle: () => (underWay === 0 ? Promise.resolve() : new Promise((resolve) => void waiting.add(resolve))),
    async enter(call, options) {
      const identity = await admit(call);
      call.sendMetadata(epochMetadata(core.hubEpoch));
      const session = options.withoutSession ? 0 : sessionOf(call.metadata);
      if (!options.withoutSession) await core.agents.checkSession(identity.agentId, session);
      requireReadable(call.request);
      return { ...identity, session, caller: { kind: 'agent', agentId: identity.agentId } };
    },
    async stillWelcome(call) {
      const { agentId } = await admit(call);
      await core.agents.checkSession(agentId, sessionOf(call.metadata));
    },
    unary: (options, run) => (call, callback) => {
      const finish = metrics.callStarted('grpc', methodName(call));
      underWay += 1;
      guard
        .enter(call, options)
        .then((agent) => run(agent, call.request))
        .then(
          (response) => {
            finish('ok');
            callback(null, response);
          },
          (error: unknown) => {
            const failure = guard.failureOf(error, call, options.money);
            finish(failure.details.split(':')[0] ?? '');
            callback(failure);
          },
        )
        .finally(ended);
    },
    failureOf(error, call, money) {
      if (isCallFailure(error)) return error;
      const failure = toCallFailure(error, money);
      if (isUnforeseen(error)) log.error({ error, method: methodName(call) }, 'a call failed unexpectedly');
      return failure;
    },
  };
  return guard;
}

function methodName(call: Pick<IncomingCall, 'getPath'>): string {
  return call.getPath().split('/').at(-1) ?? '';
}

function epochMetadata(hubEpoch: string): Metadata {
  const metadata = new Metadata();
  metadata.set(EPOCH_KEY, hubEpoch);
  return metadata;
}

function sessionOf(metadata: Metadata): number {
  const [text] = metadata.get(SESSION_KEY);
  const session = typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  if (session === undefined) throw refusal('superseded', 'session_missing', 'call Hello first and send its number');
  return session;
}

function isCallFailure(error: unknown): error is CallFailure {
  return typeof error === 'object' && error !== null && 'metadata' in error && error.metadata instanceof Metadata;
}

function isUnforeseen(error: unknown): boolean {
  return !(error instanceof Error && error.name === 'ProblemError');
}
