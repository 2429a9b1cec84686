import type { ServerWritableStream } from '@grpc/grpc-js';
import type { wire } from '@tolem/proto';
import type { HubCore } from '../hub-core.ts';
import type { AgentCaller, CallGuard } from './call-guard.ts';
import type { PaymentViewer } from './payment-view.ts';

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
  }
  stream.end();
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
