import { once } from 'node:events';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { MAX_PAYLOAD_BYTES } from '@tolem/proto';
import { Aedes, type AedesPublishPacket, type Client } from 'aedes';
import type { Address } from '../config/hub-config.ts';
import { formatAddress } from '../config/hub-config.ts';
import { HubError } from '../hub-error.ts';
import type { Gatekeeper } from '../identity/admission.ts';
import type { ServerIdentity } from '../identity/device-authority.ts';
import type { DoorMetrics } from '../metrics/door-metrics.ts';
import { mayConnectAs, mayPublish, maySubscribe, type Rule } from './broker-rules.ts';
import { createPacketSizeGuard } from './packet-size-guard.ts';

export interface EmbeddedBroker {
  readonly address: Address;
  publish(topic: string, payload: Uint8Array, options: { retain: boolean }): Promise<void>;
  /** Cuts the connections of agents that may not come in any more. */
  recheck(agentId?: string): Promise<void>;
  connectionCount(): number;
  stop(): Promise<void>;
}

export interface EmbeddedBrokerOptions {
  gatekeeper: Gatekeeper;
  metrics: DoorMetrics;
  authorityPem: string;
  server: ServerIdentity;
  listen: Address;
  /** Every message that an agent was allowed to publish, its will included. */
  onMessage(agentId: string, packet: { topic: string; payload: Uint8Array }): void;
}

/** Headers and topic come on top of the payload. */
const PACKET_MAX_BYTES = MAX_PAYLOAD_BYTES + 1_024;
/** A connection that doesn't finish TLS or CONNECT in this time is cut. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A silent link must be noticed within minutes; a client with a longer keepalive is refused. */
const KEEPALIVE_MAX_S = 120;

/** MQTT's "not authorized" [MQTT 3.1.1 §3.2.2.3]. */
const NOT_AUTHORIZED = 5;

/** aedes over TLS with client certificates; every right comes from the certificate. */
export async function openEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const identities = new WeakMap<Client, string>();
  // Not 100, its default: that lets the stack overflow when a subscriber leaves with a deep queue.
  const broker = new Aedes({
    concurrency: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepaliveLimit: KEEPALIVE_MAX_S,
    ...rulesFor(options, identities),
  });
  await broker.listen();
  const server = createTlsServer(options, broker);
  const address = await listen(server, options.listen);
  const clients = new Set<Client>();
  broker.on('client', (client) => {
    clients.add(client);
    options.metrics.connections('mqtt', clients.size);
  });
  broker.on('clientDisconnect', (client) => {
    clients.delete(client);
    options.metrics.connections('mqtt', clients.size);
  });
  return {
    address,
    publish: (topic, payload, { retain }) => publish(broker, { topic, payload, retain }),
    async recheck(agentId) {
      const concerned = [...clients].filter((client) => agentId === undefined || identities.get(client) === agentId);
      await Promise.all(concerned.map((client) => cutIfRefused(client, options)));
    },
    connectionCount: () => clients.size,
    async stop() {
      server.close();
      await new Promise<void>((resolve) => broker.close(() => resolve()));
    },
  };
}

type Rules = Required<
  Pick<
    NonNullable<ConstructorParameters<typeof Aedes>[0]>,
    'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe'
  >
>;

function rulesFor(options: EmbeddedBrokerOptions, identities: WeakMap<Client, string>): Rules {
  const { gatekeeper, metrics, onMessage } = options;
  const errorOf = (rule: Rule): Error | null => {
    if (rule.allowed) return null;
    metrics.refused('mqtt', rule.reason);
    return new Error(rule.reason);
  };
  return {
    preConnect(client, packet, done) {
      // Nothing is kept for an agent that is away: its journal brings everything. A kept session would only grow.
      packet.clean = true;
      const { clientId, will } = packet;
      gatekeeper.admit(certificateOf(client)).then(
        (admission) => {
          if (!admission.admitted) {
            done(errorOf({ allowed: false, reason: admission.reason }), false);
            return;
          }
          const { agentId } = admission.identity;
          const attempt = will && {
            topic: will.topic,
            payloadBytes: will.payload.length,
            qos: will.qos ?? 0,
            retain: will.retain ?? false,
          };
          const rule = mayConnectAs(agentId, {
            clientId,
            protocolVersion: packet.protocolVersion ?? 0,
            ...(attempt === undefined ? {} : { will: attempt }),
          });
          if (rule.allowed) identities.set(client, agentId);
          done(errorOf(rule), rule.allowed);
        },
        (error: unknown) => done(error instanceof Error ? error : new Error('admission failed'), false),
      );
    },
    authenticate(client, _username, _password, done) {
      // Names and passwords count for nothing; `preConnect` has judged the certificate.
      if (identities.has(client)) done(null, true);
      else done(Object.assign(new Error('not_welcome'), { returnCode: NOT_AUTHORIZED }), false);
    },
    authorizePublish(client, packet, done) {
      const agentId = client === null ? undefined : identities.get(client);
      if (agentId === undefined) {
        done(new Error('not_welcome'));
        return;
      }
      const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
      const error = errorOf(mayPublish(agentId, { ...packet, payloadBytes: payload.length }));
      done(error);
      // The only hook that sees wills as well as messages.
      if (error === null) onMessage(agentId, { topic: packet.topic, payload });
    },
    authorizeSubscribe(client, subscription, done) {
      const agentId = identities.get(client);
      const rule = agentId === undefined ? undefined : maySubscribe(agentId, subscription.topic);
      if (rule?.allowed) {
        done(null, subscription);
        return;
      }
      if (rule) errorOf(rule);
      // No subscription means 0x80, "failure", in the SUBACK [MQTT 3.1.1 §3.9.3].
      done(null, null);
    },
  };
}

function createTlsServer({ authorityPem, server, metrics }: EmbeddedBrokerOptions, broker: Aedes): Server {
  const tls = createServer(
    {
      ca: [authorityPem],
      cert: server.certificatePem,
      key: server.privateKeyPem,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      handshakeTimeout: CONNECT_TIMEOUT_MS,
      noDelay: true,
    },
    (socket) => {
      limitPackets(socket, metrics);
      broker.handle(socket);
    },
  );
  tls.on('tlsClientError', () => metrics.refused('mqtt', 'tls'));
  // Aedes tells errors of single clients here; they end with their connection.
  for (const event of ['clientError', 'connectionError'] as const) broker.on(event, () => {});
  return tls;
}

/** The broker takes bytes by `read`: what passes there is measured first. */
function limitPackets(socket: TLSSocket, metrics: DoorMetrics): void {
  const guard = createPacketSizeGuard(PACKET_MAX_BYTES);
  const read = socket.read.bind(socket);
  socket.read = (size?: number) => {
    const chunk: unknown = read(size);
    if (!(chunk instanceof Uint8Array) || guard.accepts(chunk)) return chunk;
    metrics.refused('mqtt', 'packet_too_large');
    socket.destroy();
    return null;
  };
}

async function listen(server: Server, address: Address): Promise<Address> {
  try {
    server.listen(address.port, address.host);
    await once(server, 'listening');
  } catch (cause) {
    throw new HubError('door_unavailable', `MQTT can't listen on ${formatAddress(address)}`, { cause });
  }
  const bound = server.address();
  return { host: address.host, port: typeof bound === 'object' && bound !== null ? bound.port : address.port };
}

function publish(broker: Aedes, packet: { topic: string; payload: Uint8Array; retain: boolean }): Promise<void> {
  const { topic, retain } = packet;
  const message: Omit<AedesPublishPacket, 'brokerId' | 'brokerCounter' | 'clientId' | 'nl'> = {
    cmd: 'publish',
    qos: 1,
    dup: false,
    topic,
    payload: Buffer.from(packet.payload),
    retain,
  };
  return new Promise((resolve, reject) => broker.publish(message, (error) => (error ? reject(error) : resolve())));
}

async function cutIfRefused(client: Client, { gatekeeper, metrics }: EmbeddedBrokerOptions): Promise<void> {
  const admission = await gatekeeper.admit(certificateOf(client));
  if (admission.admitted) return;
  metrics.refused('mqtt', admission.reason);
  client.close();
}

function certificateOf(client: Client): Uint8Array | undefined {
  const socket = client.conn as TLSSocket;
  const certificate = socket.getPeerCertificate();
  return certificate.raw;
}
