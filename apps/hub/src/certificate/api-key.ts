import type { Context } from '@tolem/base';
import type { TlsOptions } from '@tolem/kaspi-core';
import type { HubConfig } from '../config/hub-config.ts';
import { HubError } from '../hub-error.ts';
import { readCertificates, readPassphrase } from './client-credentials.ts';

/** What a header takes: visible ASCII. A GUID with its prefix has 41 characters. */
const API_KEY = /^[\x21-\x7e]{8,200}$/;

/** The credentials of scheme 1 [QR 3.9 §1.3.1]: a secret of the organisation; the server alone shows a certificate. */
export interface ApiKeyCredentials {
  apiKey: string;
  tls: TlsOptions;
}

/** Throws `file_unreadable`, `api_key_unusable`, `certificate_unusable` (the bank's own CA). Never tells the key. */
export function readApiKey({ kaspi }: Pick<HubConfig, 'kaspi'>): ApiKeyCredentials {
  const file = kaspi.apiKeyFile ?? '';
  const apiKey = readPassphrase(file).trim();
  if (!API_KEY.test(apiKey)) {
    throw new HubError('api_key_unusable', `the first line of ${file} is no Api-Key: visible characters, 8 to 200`);
  }
  const ca = kaspi.ca.flatMap((one) => readCertificates(one));
  return { apiKey, tls: { ca, ...(kaspi.pins.length === 0 ? {} : { rootPins: kaspi.pins }) } };
}

/** Takes a new key without a restart, when told: it goes into service once the bank has answered a ping with it. */
export interface ApiKeyKeeper {
  /** Resolves with whether the file's key is in service. */
  reload(config: HubConfig): Promise<boolean>;
}

export function createApiKeyKeeper(options: {
  context: Pick<Context, 'log'>;
  /** Puts a new key into service; rejects where the bank does not answer with it. */
  replace(credentials: ApiKeyCredentials): Promise<void>;
}): ApiKeyKeeper {
  const { log } = options.context;
  let turn: Promise<unknown> = Promise.resolve();
  const swap = async (config: HubConfig): Promise<boolean> => {
    try {
      await options.replace(readApiKey(config));
      log.info({}, 'the Api-Key for the bank was read again');
      return true;
    } catch (error) {
      log.error({ error }, 'the new Api-Key for the bank is NOT used; the old one goes on');
      return false;
    }
  };
  return {
    reload(config) {
      const result = turn.then(() => swap(config));
      turn = result;
      return result;
    },
  };
}
