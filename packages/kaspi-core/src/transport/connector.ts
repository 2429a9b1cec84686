import type { Socket } from 'node:net';
import { type DetailedPeerCertificate, type SecureContext, TLSSocket } from 'node:tls';
import { buildConnector } from 'undici';
import { KaspiError } from '../kaspi-error.ts';
import type { TlsOptions } from './http-transport.ts';

/** A chain longer than this is not one of ours: Kaspi's has a root, an intermediate and a leaf. */
const CHAIN_LIMIT = 10;

/**
 * Opens connections for undici. Whatever goes wrong here went wrong before the first byte of a request was written:
 * `connect_failed` until TCP stands, `tls_failed` from then on, both with `effect: none`.
 * HTTP/1.1 only: with HTTP/2 a lost connection would touch several calls at once.
 */
export function createConnector(options: {
  tls: TlsOptions;
  /** What `openCredentials` made of `tls`. */
  secureContext: SecureContext;
  connectLimitMs: number;
  onOpen: (socket: Socket) => void;
}): buildConnector.connector {
  const { tls } = options;
  const connect = buildConnector({
    secureContext: options.secureContext,
    rejectUnauthorized: tls.verification !== 'off',
    timeout: options.connectLimitMs,
    allowH2: false,
    // A resumed session does not show the peer's chain again, which the pins need; and connections are long-lived anyway.
    maxCachedSessions: 0,
  });
  const pins = tls.rootPins?.map(normaliseFingerprint);
  return (target, callback) => {
    let hasTcp = false;
    const named = tls.serverName === undefined ? target : { ...target, servername: tls.serverName };
    const socket: unknown = connect(named, (...[error, opened]) => {
      const failure = error === null ? pinFailure(opened, pins) : connectFailure(error, hasTcp);
      if (failure) {
        opened?.destroy();
        callback(failure, null);
      } else if (opened) {
        options.onOpen(opened);
        callback(null, opened);
      }
    });
    if (isSocket(socket)) {
      socket.once('connect', () => {
        hasTcp = true;
      });
    }
  };
}

function isSocket(value: unknown): value is Socket {
  return typeof value === 'object' && value !== null && 'once' in value;
}

function connectFailure(cause: Error, hasTcp: boolean): KaspiError {
  const reason = 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown';
  return hasTcp
    ? new KaspiError('tls_failed', `the TLS handshake failed (${reason})`, { effect: 'none', cause, ids: { reason } })
    : new KaspiError('connect_failed', `no connection (${reason})`, { effect: 'none', cause, ids: { reason } });
}

function pinFailure(socket: Socket | null, pins: readonly string[] | undefined): KaspiError | undefined {
  if (pins === undefined || !(socket instanceof TLSSocket)) return undefined;
  const root = rootFingerprint(socket.getPeerCertificate(true));
  if (root !== undefined && pins.includes(root)) return undefined;
  return new KaspiError('tls_failed', "the peer's chain does not end in a pinned root", {
    effect: 'none',
    ids: { reason: 'root_not_pinned', root },
  });
}

/** The fingerprint of the self-signed certificate at the end of the peer's chain, where there is one. */
function rootFingerprint(leaf: DetailedPeerCertificate): string | undefined {
  let certificate = leaf;
  for (let length = 0; length < CHAIN_LIMIT; length++) {
    const issuer: DetailedPeerCertificate | undefined = certificate.issuerCertificate;
    if (!issuer) return undefined;
    if (issuer.fingerprint256 === certificate.fingerprint256) return normaliseFingerprint(certificate.fingerprint256);
    certificate = issuer;
  }
  return undefined;
}

function normaliseFingerprint(text: string): string {
  return text.replaceAll(':', '').toLowerCase();
}
