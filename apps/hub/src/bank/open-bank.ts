import type { Context } from '@tolem/base';
import { createHttpTransport, createQrApi, type QrApi, type TlsOptions } from '@tolem/kaspi-core';
import type { KaspiConfig } from '../config/hub-config.ts';

/** The bank gateway: the one place that holds the credentials and calls Kaspi. */
export interface Bank {
  api: QrApi;
  /** New credentials take calls after `health/ping` has been answered through them; otherwise rejects and keeps the old. */
  replaceCredentials(credentials: BankCredentials): Promise<void>;
  close(): Promise<void>;
}

/** Schemes 2 and 3 show a client certificate, scheme 1 an Api-Key [QR 3.9 §1.3]. */
export interface BankCredentials {
  tls: TlsOptions;
  apiKey?: string;
}

export interface BankOptions extends BankCredentials {
  config: Pick<KaspiConfig, 'scheme' | 'baseUrl' | 'statusVersion' | 'connections'>;
  context: Context;
}

/** Opens no connection yet. One certificate serves every organisation: each call names its own [QR 3.9 §1.3.3]. */
export function openBank({ config, context, ...first }: BankOptions): Bank {
  const { origin, pathname: basePath } = new URL(config.baseUrl);
  const transport = createHttpTransport({ context, origin, tls: first.tls, connections: config.connections });
  const { clock } = context;
  const { scheme, statusVersion } = config;
  let { apiKey } = first;
  const header = (key: () => string | undefined) => (scheme === 1 ? { apiKey: () => key() ?? '' } : {});
  return {
    api: createQrApi({ http: transport, basePath, clock, scheme, statusVersion, ...header(() => apiKey) }),
    async replaceCredentials(next) {
      await transport.replaceCredentials(next.tls, (send) =>
        createQrApi({ http: { send }, basePath, clock, scheme, ...header(() => next.apiKey) }).ping(),
      );
      apiKey = next.apiKey;
    },
    close: () => transport.close(),
  };
}
