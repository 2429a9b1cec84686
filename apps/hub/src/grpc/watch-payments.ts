import type { ServerDuplexStream } from '@grpc/grpc-js';
import { isUuid } from '@tolem/base';
import type { wire } from '@tolem/proto';
import type { HubCore } from '../hub-core.ts';
import type { PaymentWatch, WatchedChange } from '../payment/payment-service.ts';
import { refusal } from './call-error.ts';
import type { AgentCaller, CallGuard } from './call-guard.ts';
import type { LiveStreams } from './live-streams.ts';
import type { PaymentViewer } from './payment-view.ts';
import { requireReadable } from './readable-service.ts';

/** An agent has one payment open per device, and late ones for a day; more is a fault of the agent. */
const WATCHED_MAX = 1_000;
/** Entries of one message: a whole new list after a reconnect fits. */
const ENTRIES_MAX = WATCHED_MAX;

type WatchStream = ServerDuplexStream<wire.WatchPaymentsRequest, wire.WatchPaymentsResponse>;

export interface WatchOptions {
  core: HubCore;
  guard: CallGuard;
  view: PaymentViewer;
  streams: LiveStreams;
}

/** The stream of changes: the agent names payments, the hub sends each newer version. */
export function createWatchMethod(options: WatchOptions): Pick<wire.HubServiceServer, 'watchPayments'> {
  return {
    watchPayments(stream) {
      // Requests wait in the stream's own bounded buffer until the caller is known.
      stream.pause();
      stream.on('error', () => stream.destroy());
      options.guard.enter(stream, { money: 'reads' }).then(
        (agent) => serve(stream, agent, options),
        (error: unknown) => stream.emit('error', options.guard.failureOf(error, stream, 'reads')),
      );
    },
  };
}

function serve(stream: WatchStream, agent: AgentCaller, { core, guard, view, streams }: WatchOptions): void {
  const fail = (error: unknown): void => void stream.emit('error', guard.failureOf(error, stream, 'reads'));
  const outbox = createOutbox(stream, async (change) =>
    change.kind === 'payment'
      ? { change: { $case: 'payment', value: await view(agent.caller, change.payment) } }
      : { change: { $case: 'notFoundPaymentId', value: change.paymentId } },
  );
  const watch = core.payments.watch(agent.caller, (change) => outbox.put(change, fail));
  const watched = new Set<string>();
  const entry = streams.add({
    agentId: agent.agentId,
    recheck: () => guard.stillWelcome(stream).catch(fail),
    end: (failure) => fail(failure),
  });
  const close = () => {
    watch.close();
    outbox.close();
    entry.remove();
  };
  stream.on('data', (request: wire.WatchPaymentsRequest) => {
    try {
      requireReadable(request);
      apply(request, watch, watched);
    } catch (error) {
      fail(error);
    }
  });
  stream.on('end', () => stream.end());
  stream.on('close', close);
  stream.on('cancelled', close);
  if (stream.cancelled) close();
  else stream.resume();
}

function apply(request: wire.WatchPaymentsRequest, watch: PaymentWatch, watched: Set<string>): void {
  if (request.add.length > ENTRIES_MAX || request.remove.length > ENTRIES_MAX) {
    throw refusal('invalid', 'request_invalid', `at most ${ENTRIES_MAX} entries in one message`);
  }
  for (const paymentId of request.remove) watched.delete(paymentId);
  if (request.remove.length > 0) watch.remove(request.remove);
  for (const { paymentId } of request.add) {
    if (!isUuid(paymentId)) throw refusal('invalid', 'request_invalid', 'payment_id: a UUID is expected');
    watched.add(paymentId);
  }
  if (watched.size > WATCHED_MAX) throw refusal('busy', 'too_many_watched', `at most ${WATCHED_MAX} payments a stream`);
  if (request.add.length > 0) {
    watch.add(request.add.map(({ paymentId, version }) => ({ paymentId, version: Number(version) })));
  }
}

interface Outbox {
  put(change: WatchedChange, fail: (error: unknown) => void): void;
  close(): void;
}

/**
 * Sends changes one after another at the reader's pace. A payment that changes again before it was sent takes the place
 * of its older version, so that what waits is never more than one change per watched payment.
 */
function createOutbox(
  stream: WatchStream,
  toResponse: (change: WatchedChange) => Promise<wire.WatchPaymentsResponse>,
): Outbox {
  const waiting = new Map<string, WatchedChange>();
  let isClosed = false;
  let isPumping = false;
  const pump = async () => {
    for (let [next] = waiting; next !== undefined && !isClosed; [next] = waiting) {
      const [paymentId, change] = next;
      waiting.delete(paymentId);
      const response = await toResponse(change);
      if (isClosed || stream.cancelled) return;
      if (!stream.write(response)) await drained(stream);
    }
  };
  return {
    put(change, fail) {
      if (isClosed) return;
      waiting.set(change.kind === 'payment' ? change.payment.paymentId : change.paymentId, change);
      if (isPumping) return;
      isPumping = true;
      pump()
        .catch(fail)
        .finally(() => {
          isPumping = false;
        });
    },
    close() {
      isClosed = true;
      waiting.clear();
    },
  };
}

function drained(stream: WatchStream): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done);
      stream.off('close', done);
      stream.off('cancelled', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
    stream.on('cancelled', done);
  });
}
