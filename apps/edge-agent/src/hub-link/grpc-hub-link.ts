import { type ClientUnaryCall, Metadata, type MethodDefinition } from '@grpc/grpc-js';
import type { Context } from '@tolem/base';
import { wire } from '@tolem/proto';
import { isEdgeError } from '../edge-error.ts';
import type { HubLink } from '../hub/hub-link.ts';
import { fromCallFailure, unreachable } from './call-failure.ts';
import { createHubChannel, type HubChannelLimits, type HubCredentials } from './hub-channel.ts';
import { type PaymentWatch, watchPayments } from './payment-watch.ts';
import { collectResumed } from './resumed-payments.ts';
import { toCustomerPurchases, toRefundSessionView } from './wire-refund-sessions.ts';
import {
  toHubCommands,
  toHubDevice,
  toPaymentView,
  toRefundView,
  toWelcome,
  toWireCreatePayment,
  toWireCreateRefund,
} from './wire-views.ts';

export interface HubLinkLimits extends HubChannelLimits {
  /** A refund without an answer by then counts as lost: the hub asks the bank once before it answers. */
  refundMs: number;
  /** A call in which the hub asks the bank: the bank's thirty seconds and the way. */
  bankMs: number;
  /** Until the hub must have greeted the stream of changes. */
  watchOpenMs: number;
  /** The whole of `resume`. */
  resumeMs: number;
  /** More payments than a store makes in the days that the hub gives back. */
  resumedMax: number;
  /** Calls under way at once; the hub takes 64 streams on a connection. */
  callsMax: number;
}

export const HUB_LINK_LIMITS: HubLinkLimits = {
  // A frozen link is noticed after 5 + 4 s at the latest: a till waits 10 s for its QR.
  keepaliveEveryMs: 5_000,
  keepaliveAnswerMs: 4_000,
  refundMs: 30_000,
  bankMs: 35_000,
  watchOpenMs: 5_000,
  resumeMs: 60_000,
  resumedMax: 20_000,
  callsMax: 50,
};

export interface GrpcHubLinkOptions {
  identity: HubCredentials;
  context: Context;
  /** `host:port`. */
  address: string;
  /** A call without an answer by then counts as lost. */
  callMs: number;
  limits?: Partial<HubLinkLimits>;
}

/** All that the bank lists [QR 3.9 §3.4.3]. */
const PURCHASES_MAX = 10;
const SESSION_KEY = 'tolem-session';
const EPOCH_KEY = 'tolem-hub-epoch';
const methods = wire.HubServiceService;

/**
 * `HubLink` by gRPC over mutual TLS [hub_service.proto]; nothing is repeated here. Calls before Hello, and beyond `callsMax`, are
 * `hub_unreachable` with `effect: none`. An answer under another hub epoch than Hello's ends the watch: a restored hub
 * must be greeted anew. Throws `identity_invalid` at once for credentials that can't be used.
 */
export function createGrpcHubLink(options: GrpcHubLinkOptions): HubLink {
  const { context, callMs } = options;
  const limits: HubLinkLimits = { ...HUB_LINK_LIMITS, ...options.limits };
  const channel = createHubChannel(options.address, options.identity, limits);
  const calls = new Set<{ cancel(): void }>();
  const watches = new Set<PaymentWatch>();
  let session: { number: number; hubEpoch: string } | undefined;
  let isClosed = false;

  const compareEpoch = (metadata: Metadata): void => {
    const [epoch] = metadata.get(EPOCH_KEY);
    if (session === undefined || typeof epoch !== 'string' || epoch === session.hubEpoch) return;
    context.log.warn({ expected: session.hubEpoch, epoch }, 'the hub answers under another epoch: it is greeted anew');
    for (const watch of [...watches]) watch.end(unreachable('the hub was restored', 'none'));
  };
  const admit = (): void => {
    if (isClosed) throw unreachable('the link to the hub is closed', 'none');
    if (calls.size >= limits.callsMax) throw unreachable('too many calls to the hub are under way', 'none');
  };
  const sessionMetadata = (): Metadata => {
    admit();
    if (session === undefined) throw unreachable('the hub was not greeted yet', 'none');
    const metadata = new Metadata();
    metadata.set(SESSION_KEY, String(session.number));
    return metadata;
  };
  const send = <Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    { metadata, limitMs }: { metadata: Metadata; limitMs: number },
  ): Promise<Response> =>
    new Promise((resolve, reject) => {
      const { path, requestSerialize, responseDeserialize } = method;
      const deadline = context.clock.nowMs() + Math.max(1, limitMs);
      const done = (error: unknown, response: Response | undefined): void => {
        calls.delete(call);
        if (error || response === undefined) reject(fromCallFailure(error, path));
        else resolve(response);
      };
      const call: ClientUnaryCall = channel
        .client()
        .makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, { deadline }, done);
      calls.add(call);
      call.on('metadata', compareEpoch);
    });
  const ask = async <Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    limitMs = callMs,
  ): Promise<Response> => send(method, request, { metadata: sessionMetadata(), limitMs });

  return {
    async hello(request) {
      admit();
      session = undefined;
      try {
        const wireRequest = { ...request, lastSeq: BigInt(request.lastSeq) };
        const response = await send(methods.hello, wireRequest, { metadata: new Metadata(), limitMs: callMs });
        const welcome = toWelcome(response);
        session = { number: welcome.session, hubEpoch: welcome.hubEpoch };
        return welcome;
      } catch (error) {
        if (isEdgeError(error, 'hub_unreachable')) channel.renew();
        throw error;
      }
    },
    createPayment: async (request, limitMs) =>
      toPaymentView((await ask(methods.createPayment, toWireCreatePayment(request), limitMs)).payment),
    cancelPayment: async (paymentId, reason, isSlow = false) => {
      const limitMs = isSlow ? limits.bankMs : callMs;
      return toPaymentView((await ask(methods.cancelPayment, { paymentId, reason }, limitMs)).payment);
    },
    refreshPayment: async (paymentId, actor) =>
      toPaymentView((await ask(methods.refreshPayment, { paymentId, actor }, limits.bankMs)).payment),
    findPayer: (request) => ask(methods.findPayer, request, limits.bankMs),
    acceptLate: async (paymentId) => toPaymentView((await ask(methods.acceptLate, { paymentId })).payment),
    createRefund: async (request) =>
      toRefundView((await ask(methods.createRefund, toWireCreateRefund(request), limits.refundMs)).refund),
    getRefund: async (refundId) => toRefundView((await ask(methods.getRefund, { refundId })).refund),
    openRefundSession: async (request, limitMs) =>
      toRefundSessionView((await ask(methods.openRefundSession, request, limitMs)).session),
    async getRefundSession(refundSessionId, afterVersion, waitMs) {
      const request = { refundSessionId, afterVersion: BigInt(afterVersion), waitMs: BigInt(Math.round(waitMs)) };
      return toRefundSessionView((await ask(methods.getRefundSession, request, callMs + waitMs)).session);
    },
    listCustomerPurchases: async (refundSessionId) =>
      toCustomerPurchases(
        await ask(methods.listCustomerPurchases, { refundSessionId, limit: PURCHASES_MAX }, limits.refundMs),
      ),
    listDevices: async () => (await ask(methods.listDevices, {})).devices.map(toHubDevice),
    listCommands: async () => toHubCommands((await ask(methods.listCommands, {})).commands),
    claimCommand: async (commandId) => void (await ask(methods.claimCommand, { commandId })),
    async resume() {
      const { path, requestSerialize, responseDeserialize } = methods.resume;
      const metadata = sessionMetadata();
      const deadline = context.clock.nowMs() + limits.resumeMs;
      const stream = channel
        .client()
        .makeServerStreamRequest(path, requestSerialize, responseDeserialize, {}, metadata, { deadline });
      calls.add(stream);
      return collectResumed(stream, limits.resumedMax).finally(() => calls.delete(stream));
    },
    watch(handlers) {
      const { path, requestSerialize, responseDeserialize } = methods.watchPayments;
      const metadata = sessionMetadata();
      const stream = channel.client().makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata);
      const closed = () => void watches.delete(watch);
      const watch = watchPayments({ context, stream, handlers, openMs: limits.watchOpenMs, closed });
      watches.add(watch);
      stream.on('metadata', compareEpoch);
      return watch;
    },
    close() {
      isClosed = true;
      for (const watch of [...watches]) watch.close();
      for (const call of [...calls]) call.cancel();
      channel.close();
    },
  };
}
