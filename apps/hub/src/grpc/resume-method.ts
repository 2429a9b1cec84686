import type { ServerWritableStream } from '@grpc/grpc-js';
import type { wire } from '@tolem/proto';
import type { HubCore } from '../hub-core.ts';
import type { Payment } from '../payment/payment.ts';
import type { AgentCaller, CallGuard } from './call-guard.ts';
import { mayHaveRefunds, type PaymentViewer, toWireRefund } from './payment-view.ts';

type ResumeStream = ServerWritableStream<wire.ResumeRequest, wire.ResumeResponse>;

/** What the hub still knows, for an agent whose journal was lost [decisions: Journal, epochs, forks]. */
export function createResumeMethod(
  core: HubCore,
  guard: CallGuard,
  view: PaymentViewer,
): Pick<wire.HubServiceServer, 'resume'> {
  return {
    resume(stream) {
      guard
        .enter(stream, { money: 'reads' })
        .then((agent) => sendAll(stream, agent, core, view))
        .catch((error: unknown) => stream.emit('error', guard.failureOf(error, stream, 'reads')));
    },
  };
}

async function sendAll(stream: ResumeStream, agent: AgentCaller, core: HubCore, view: PaymentViewer): Promise<void> {
  for await (const payment of core.payments.resume(agent.caller)) {
    if (stream.cancelled) return;
    const response: wire.ResumeResponse = {
      payment: await view(agent.caller, payment),
      keyHash: payment.keyHash ?? '',
      bodyHash: payment.bodyHash ?? '',
      refund: undefined,
    };
    if (!stream.write(response)) await drained(stream);
    for (const refund of await keyedRefunds(agent, core, payment)) {
      if (stream.cancelled) return;
      if (!stream.write(refund)) await drained(stream);
    }
  }
  stream.end();
}

/** Refunds that this agent's tills asked for under a key, so that the same key never begins another. */
async function keyedRefunds(agent: AgentCaller, core: HubCore, payment: Payment): Promise<wire.ResumeResponse[]> {
  if (!mayHaveRefunds(payment)) return [];
  const refunds = await core.refunds.listOf(agent.caller, payment.paymentId);
  return refunds.flatMap((refund) => {
    const { keyHash, bodyHash } = refund;
    if (keyHash === undefined || bodyHash === undefined) return [];
    return [{ payment: undefined, keyHash, bodyHash, refund: toWireRefund(refund) }];
  });
}

function drained(stream: ResumeStream): Promise<void> {
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
