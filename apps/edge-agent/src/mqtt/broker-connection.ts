import type { Context } from '@tolem/base';
import mqtt, { type IClientOptions } from 'mqtt';
import { EdgeError } from '../edge-error.ts';

export interface BrokerAddress {
  host: string;
  port: number;
}

export interface BrokerIdentity {
  agentId: string;
  /** PEM texts. */
  ca: string;
  certificate: string;
  key: string;
}

export interface BrokerLimits {
  /** TCP, TLS, CONNACK and the first SUBACK together. */
  connectMs: number;
  /** The broker acknowledges a message by then, or the connection counts as lost. */
  publishMs: number;
  /** Pings; a frozen link is noticed after one and a half of it, by the broker and by us. */
  keepaliveS: number;
  /** Messages under way at once: a batch, and states that follow each other. */
  publishingMax: number;
  /** A tidy goodbye; afterwards the socket is cut. */
  goodbyeMs: number;
}

/** One connection, from its CONNECT to its end; never used again. */
export interface BrokerConnection {
  /** Resolves with the broker's acknowledgement; rejects with `hub_unreachable`, at the latest when the connection ends. */
  publish(topic: string, payload: Buffer, options: { retain: boolean }): Promise<void>;
  /** DISCONNECT, so that the will is not published; bounded. */
  goodbye(): Promise<void>;
  /** Cuts the socket: the broker publishes the will. */
  cut(cause: string): void;
}

export interface BrokerConnectionOptions {
  context: Context;
  address: BrokerAddress;
  identity: BrokerIdentity;
  limits: BrokerLimits;
  will: { topic: string; payload: Buffer };
  subscriptions: string[];
  /** Subscribed: whatever the broker sends from now on is heard. */
  opened(): void;
  message(topic: string, payload: Uint8Array): void;
  /** Called once, with a word; also when it never opened. */
  ended(cause: string): void;
}

/** mqtt.js 3.1.1 over mutual TLS, without its reconnection, its resubscription and its waiting of messages. */
export function openBrokerConnection(options: BrokerConnectionOptions): BrokerConnection {
  const { context, limits } = options;
  const client = mqtt.connect(clientOptions(options));
  const publishing = new Set<(error: EdgeError) => void>();
  let cause: string | undefined;
  let isEnded = false;
  let isOpen = false;

  const end = (word: string): void => {
    if (isEnded) return;
    isEnded = true;
    isOpen = false;
    timer.cancel();
    client.end(true);
    client.stream?.destroy();
    for (const reject of [...publishing]) reject(lost(word));
    options.ended(word);
  };
  const timer = context.clock.after(limits.connectMs, () => end('connect_timeout'));
  client.on('error', (error) => {
    cause ??= causeOf(error);
  });
  client.on('close', () => end(cause ?? 'closed'));
  client.on('connect', () => {
    if (isEnded) return;
    client.subscribeAsync(options.subscriptions, { qos: 1 }).then(
      (granted) => {
        if (isEnded) return;
        if (granted.some(({ qos }) => qos > 1)) return end('subscription_refused');
        timer.cancel();
        isOpen = true;
        options.opened();
      },
      () => end(cause ?? 'subscription_refused'),
    );
  });
  client.on('message', (topic, payload) => {
    if (!isEnded) options.message(topic, payload);
  });

  return {
    publish(topic, payload, { retain }) {
      if (!isOpen || !client.connected) return Promise.reject(lost('not_connected'));
      if (publishing.size >= limits.publishingMax) return Promise.reject(lost('too_many_messages'));
      return new Promise((resolve, reject) => {
        const settle = (error?: EdgeError): void => {
          publishing.delete(settle);
          patience.cancel();
          if (error) reject(error);
          else resolve();
        };
        const patience = context.clock.after(limits.publishMs, () => end('publish_timeout'));
        publishing.add(settle);
        client.publish(topic, payload, { qos: 1, retain }, (error) =>
          settle(error ? lost('publish_failed') : undefined),
        );
      });
    },
    async goodbye() {
      if (isEnded) return;
      isOpen = false;
      await new Promise<void>((resolve) => {
        const patience = context.clock.after(limits.goodbyeMs, resolve);
        client.end(false, {}, () => {
          patience.cancel();
          resolve();
        });
      });
      end('goodbye');
    },
    cut: end,
  };
}

function clientOptions({ address, identity, limits, will }: BrokerConnectionOptions): IClientOptions {
  return {
    protocol: 'mqtts',
    ...address,
    ca: identity.ca,
    cert: identity.certificate,
    key: identity.key,
    rejectUnauthorized: true,
    protocolVersion: 4,
    clientId: identity.agentId,
    clean: true,
    keepalive: limits.keepaliveS,
    connectTimeout: limits.connectMs,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    // A buffer made beforehand for each of 65,536 numbers: 8 MB and a dozen milliseconds for a handful of messages.
    writeCache: false,
    will: { ...will, qos: 1, retain: true },
  };
}

function lost(cause: string): EdgeError {
  return new EdgeError('hub_unreachable', `the broker did not take the message: ${cause}`, {
    ids: { cause },
    effect: 'possible',
  });
}

const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect_refused',
  ECONNRESET: 'connection_reset',
  ETIMEDOUT: 'connect_timeout',
  EHOSTUNREACH: 'host_unreachable',
  ENETUNREACH: 'network_unreachable',
  ENOTFOUND: 'name_unknown',
  EAI_AGAIN: 'name_unknown',
};

/** A word for people and metrics; the certificate's own codes (`CERT_HAS_EXPIRED`, …) stay, in lower case. */
export function causeOf(error: Error): string {
  if (error.message === 'Keepalive timeout') return 'keepalive_timeout';
  const code: unknown = 'code' in error ? error.code : undefined;
  if (typeof code === 'number') return 'refused_by_broker';
  if (typeof code !== 'string') return 'closed';
  return CAUSES[code] ?? code.toLowerCase();
}
