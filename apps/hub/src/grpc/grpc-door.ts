import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { Context } from '@tolem/base';
import { wire } from '@tolem/proto';
import { type Address, formatAddress } from '../config/hub-config.ts';
import type { HubCore } from '../hub-core.ts';
import { HubError } from '../hub-error.ts';
import type { Gatekeeper } from '../identity/admission.ts';
import type { ServerIdentity } from '../identity/device-authority.ts';
import type { DoorMetrics } from '../metrics/door-metrics.ts';
import { createCallGuard } from './call-guard.ts';
import { createCommandMethods } from './command-methods.ts';
import { createLiveStreams } from './live-streams.ts';
import { createPaymentMethods } from './payment-methods.ts';
import { createPaymentViewer } from './payment-view.ts';
import { readableService } from './readable-service.ts';
import { createRefundMethods } from './refund-methods.ts';
import { createRefundSessionMethods } from './refund-session-methods.ts';
import { createResumeMethod } from './resume-method.ts';
import { createSessionMethods } from './session-methods.ts';
import { createWatchMethod } from './watch-payments.ts';

export interface GrpcDoor {
  /** The port really taken. */
  readonly address: Address;
  /** Ends the streams of agents that may not come in any more. */
  recheck(agentId?: string): Promise<void>;
  streamCount(): number;
  /** Ends streams, lets calls end for `graceMs`, then cuts them. */
  stop(graceMs: number): Promise<void>;
}

export interface GrpcDoorOptions {
  core: HubCore;
  context: Context;
  gatekeeper: Gatekeeper;
  metrics: DoorMetrics;
  authorityPem: string;
  server: ServerIdentity;
  listen: Address;
}

/** The largest request is a create with its texts: a few KB. A watch list of 1,000 entries has 45 KB. */
const MESSAGE_MAX_BYTES = 256 * 1024;

/** Answers that were just handed over reach the socket in this time. */
const LAST_ANSWERS_MS = 100;

const SERVER_OPTIONS = {
  'grpc.max_receive_message_length': MESSAGE_MAX_BYTES,
  'grpc.max_send_message_length': 4 * MESSAGE_MAX_BYTES,
  /** A dead link is noticed after half a minute, so that its streams don't pile up. */
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.keepalive_permit_without_calls': 1,
  /** An agent watches on one stream and makes a few calls at once. */
  'grpc.max_concurrent_streams': 64,
};

/** gRPC over mutual TLS: only holders of a certificate of the device CA come as far as the guard. */
export async function openGrpcDoor(options: GrpcDoorOptions): Promise<GrpcDoor> {
  const { core, context, listen } = options;
  const guard = createCallGuard({ ...options, log: context.log });
  const view = createPaymentViewer(core);
  const streams = createLiveStreams();
  const server = new Server(SERVER_OPTIONS);
  server.addService(readableService(wire.HubServiceService), {
    ...createSessionMethods(core, guard),
    ...createPaymentMethods(core, guard, view),
    ...createRefundMethods(core, guard),
    ...createRefundSessionMethods(core, guard),
    ...createCommandMethods(core, guard),
    ...createResumeMethod(core, guard, view),
    ...createWatchMethod({ core, guard, view, streams }),
  });
  const port = await bind(server, options);
  return {
    address: { host: listen.host, port },
    recheck: (agentId) => streams.recheck(agentId),
    streamCount: () => streams.count(),
    async stop(graceMs) {
      streams.endAll();
      const closed = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      const timer = context.clock.after(graceMs, () => server.forceShutdown());
      // Agents keep idle connections for ever: once their calls have ended, these are cut, after the last answers left.
      await Promise.race([closed, guard.idle().then(() => context.clock.sleep(LAST_ANSWERS_MS))]);
      server.forceShutdown();
      await closed;
      timer.cancel();
    },
  };
}

function bind(server: Server, { listen, authorityPem, server: identity }: GrpcDoorOptions): Promise<number> {
  const credentials = ServerCredentials.createSsl(
    Buffer.from(authorityPem),
    [{ cert_chain: Buffer.from(identity.certificatePem), private_key: Buffer.from(identity.privateKeyPem) }],
    true,
  );
  return new Promise((resolve, reject) => {
    server.bindAsync(formatAddress(listen), credentials, (cause, port) => {
      if (cause) {
        reject(new HubError('door_unavailable', `gRPC can't listen on ${formatAddress(listen)}`, { cause }));
      } else resolve(port);
    });
  });
}
