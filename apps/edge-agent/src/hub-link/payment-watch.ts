import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { Context, Timer } from '@tolem/base';
import type { wire } from '@tolem/proto';
import { EdgeError } from '../edge-error.ts';
import type { HubWatch, WatchHandlers } from '../hub/hub-link.ts';
import { fromCallFailure, unreachable } from './call-failure.ts';
import { toPaymentView } from './wire-views.ts';

export type WatchStream = ClientDuplexStream<wire.WatchPaymentsRequest, wire.WatchPaymentsResponse>;

/** The hub takes so many entries in a message and follows so many payments on a stream. */
const ENTRIES_MAX = 1_000;
/** What waits for a stream that takes nothing; a link that stalls ends by its keepalive long before. */
const WAITING_MAX = 2 * ENTRIES_MAX;

export interface PaymentWatch extends HubWatch {
  /** Ends the watch from the link's side: `ended` is told of the error. */
  end(error: EdgeError): void;
}

/**
 * One stream of changes. `ended` is called once and never from within a call of the caller. Entries wait, one per payment,
 * while the stream takes no more; changes are handed over at the handlers' pace.
 */
export function watchPayments(parts: {
  context: Context;
  stream: WatchStream;
  handlers: WatchHandlers;
  /** The hub greets a stream at once; one that it does not greet by then hangs in a connection that nobody answers. */
  openMs: number;
  closed(): void;
}): PaymentWatch {
  const { context, stream, handlers } = parts;
  /** Version to add, or `undefined` to remove. */
  const waiting = new Map<string, number | undefined>();
  let isEnded = false;
  let isFull = false;
  const end = (error: unknown): void => {
    if (isEnded) return;
    isEnded = true;
    opening.cancel();
    waiting.clear();
    stream.cancel();
    parts.closed();
    const told = fromCallFailure(error, 'WatchPayments');
    queueMicrotask(() => handlers.ended(told));
  };
  const opening: Timer = context.clock.after(parts.openMs, () => {
    end(unreachable(`the hub did not open the stream within ${parts.openMs} ms`, 'none'));
  });
  const flush = (): void => {
    while (!isEnded && !isFull && waiting.size > 0) isFull = !stream.write(takeRequest(waiting));
  };
  const put = (entries: Iterable<[string, number | undefined]>): void => {
    if (isEnded) return;
    for (const [paymentId, version] of entries) {
      waiting.delete(paymentId);
      waiting.set(paymentId, version);
    }
    if (waiting.size > WAITING_MAX) end(unreachable('the stream takes no more entries', 'none'));
    else flush();
  };
  stream.on('metadata', () => opening.cancel());
  stream.on('data', (response: wire.WatchPaymentsResponse) => {
    if (isEnded) return;
    try {
      handOver(response, handlers, context);
    } catch (error) {
      // An operating failure such as a full disk: the next stream brings the change again. A bug ends the process.
      if (!(error instanceof EdgeError)) throw error;
      context.log.error({ error }, 'a change told by the hub could not be taken');
      end(error);
    }
  });
  stream.on('drain', () => {
    isFull = false;
    flush();
  });
  stream.on('error', end);
  stream.on('end', () => end(unreachable('the hub ended the stream', 'none')));
  return {
    add: (entries) => put(entries.map(({ paymentId, version }) => [paymentId, version])),
    remove: (paymentIds) => put(paymentIds.map((paymentId) => [paymentId, undefined])),
    close: () => end(unreachable('the stream was closed here', 'none')),
    end,
  };
}

function takeRequest(waiting: Map<string, number | undefined>): wire.WatchPaymentsRequest {
  const request: wire.WatchPaymentsRequest = { add: [], remove: [] };
  for (const [paymentId, version] of waiting) {
    if (request.add.length + request.remove.length >= ENTRIES_MAX) break;
    waiting.delete(paymentId);
    if (version === undefined) request.remove.push(paymentId);
    else request.add.push({ paymentId, version: BigInt(version) });
  }
  return request;
}

function handOver({ change }: wire.WatchPaymentsResponse, handlers: WatchHandlers, { log }: Context): void {
  if (change === undefined) return;
  if (change.$case === 'notFoundPaymentId') {
    handlers.notFound(change.value);
    return;
  }
  const view = readView(change.value);
  if (view === undefined) log.error({ paymentId: change.value.paymentId }, 'a change told by the hub cannot be read');
  else handlers.payment(view);
}

function readView(payment: wire.Payment): ReturnType<typeof toPaymentView> | undefined {
  try {
    return toPaymentView(payment);
  } catch {
    return undefined;
  }
}
