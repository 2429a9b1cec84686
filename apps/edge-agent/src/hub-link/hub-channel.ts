import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { ChannelCredentials, type ChannelOptions, Client } from '@grpc/grpc-js';
import { EdgeError } from '../edge-error.ts';

/** PEM texts of the bundle. */
export interface HubCredentials {
  ca: string;
  certificate: string;
  key: string;
}

/** The hub's largest answer is a payment with its refunds: a few KB; it sends at most 1 MB. */
const MESSAGE_MAX_BYTES = 1024 * 1024;

export interface HubChannelLimits {
  keepaliveEveryMs: number;
  keepaliveAnswerMs: number;
}

const CHANNEL_OPTIONS: ChannelOptions = {
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.initial_reconnect_backoff_ms': 500,
  // The default of two minutes keeps a store waiting long after the hub is back.
  'grpc.max_reconnect_backoff_ms': 5_000,
  'grpc.max_receive_message_length': MESSAGE_MAX_BYTES,
  'grpc.max_send_message_length': MESSAGE_MAX_BYTES,
  // Calls are repeated by those who know what they mean.
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  // The link goes straight to the hub; a proxy of the environment would break the mutual TLS.
  'grpc.enable_http_proxy': 0,
  // A channel that is thrown away takes its connection along.
  'grpc.use_local_subchannel_pool': 1,
};

/**
 * What a hub called by an IP address is told for a name: an address may not stand there [RFC 6066 §3], and the library would
 * put it there. It reaches nobody; the certificate is held to the address itself.
 */
const NAMELESS = 'hub.invalid';

/** The connection to the hub, made at the first call. */
export interface HubChannel {
  client(): Client;
  /** The next call goes over a new connection: TCP alone may hang for minutes in a handshake that nobody answers. */
  renew(): void;
  close(): void;
}

/**
 * Mutual TLS; the server's certificate must name the host of `address` (`host:port`). Throws `identity_invalid` for PEM texts
 * that can't be used.
 */
export function createHubChannel(address: string, identity: HubCredentials, limits: HubChannelLimits): HubChannel {
  const host = hostOf(address);
  const isAddress = isIP(host) !== 0;
  const credentials = openCredentials(identity, isAddress ? host : undefined);
  const channelOptions: ChannelOptions = {
    ...CHANNEL_OPTIONS,
    ...(isAddress ? { 'grpc.ssl_target_name_override': NAMELESS } : {}),
    'grpc.keepalive_time_ms': limits.keepaliveEveryMs,
    'grpc.keepalive_timeout_ms': limits.keepaliveAnswerMs,
  };
  let current: Client | undefined;
  return {
    client() {
      current ??= new Client(address, credentials, channelOptions);
      return current;
    },
    renew() {
      current?.close();
      current = undefined;
    },
    close: () => current?.close(),
  };
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
}

/** The certificate must name `ip` where one is given; otherwise the name by which the hub is called. */
function openCredentials({ ca, certificate, key }: HubCredentials, ip: string | undefined): ChannelCredentials {
  const verify =
    ip === undefined
      ? {}
      : { checkServerIdentity: (_: string, peer: PeerCertificate) => checkServerIdentity(ip, peer) };
  try {
    return ChannelCredentials.createSsl(Buffer.from(ca), Buffer.from(key), Buffer.from(certificate), verify);
  } catch (cause) {
    throw new EdgeError('identity_invalid', 'the certificate, key or authority of the bundle cannot be used', {
      cause,
    });
  }
}
