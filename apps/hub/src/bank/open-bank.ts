import type { Context } from '@tolem/base';
import { createHttpTransport, createQrApi, type QrApi, type TlsOptions } from '@tolem/kaspi-core';
import type { KaspiConfig } from '../config/hub-config.ts';

/** The bank gateway: the one place that holds the client certificate and calls Kaspi. */
export interface Bank {
  api: QrApi;
  /** New credentials take calls after `health/ping` has been answered through them; otherwise rejects and keeps the old. */
  replaceCredentials(tls: TlsOptions): Promise<void>;
  close(): Promise<void>;
}

export interface BankOptions {
  config: Pick<KaspiConfig, 'baseUrl' | 'statusVersion' | 'connections'>;
  context: Context;
  tls: TlsOptions;
}

/** Opens no connection yet. One certificate serves every organisation: each call names its own [QR 3.9 §1.3.3]. */
export function openBank({ config, context, tls }: BankOptions): Bank {
  const { origin, pathname: basePath } = new URL(config.baseUrl);
  const transport = createHttpTransport({ context, origin, tls, connections: config.connections });
  const { clock } = context;
  const { statusVersion } = config;
  return {
    api: createQrApi({ http: transport, basePath, clock, statusVersion }),
    replaceCredentials: (next) =>
      transport.replaceCredentials(next, (send) => createQrApi({ http: { send }, basePath, clock }).ping()),
    close: () => transport.close(),
  };
}
