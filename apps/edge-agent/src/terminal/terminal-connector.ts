import type { Context } from '@tolem/base';
import {
  createPosHttp,
  createTerminalV1,
  createTerminalV2,
  type PosHttp,
  probeTerminal,
  type TerminalApi,
  type TerminalTokenStore,
} from '@tolem/kaspi-core';
import type { TerminalSetting } from './terminal-setting.ts';

/** The port that reaches a terminal: the real one finds out which API it speaks. */
export interface TerminalConnector {
  connect(setting: TerminalSetting, tokens: TerminalTokenStore): Promise<TerminalContact>;
}

/** `cause` is a word such as `unreachable`, `tls_failed`, `no_answer`, `not_a_terminal`. */
export type TerminalContact =
  | { found: true; api: TerminalApi; wantsToken: boolean }
  | { found: false; cause: string; detail: string };

const DEFAULT_PORT = 8080;

export function createTerminalConnector(context: Context): TerminalConnector {
  return {
    async connect(setting, tokens) {
      const https = posHttp(context, setting, 'v2');
      const http = posHttp(context, setting, 'v1');
      const probed = await probeTerminal({ https, http });
      if (probed.found === 'none') {
        await Promise.all([https.close(), http.close()]);
        return { found: false, cause: probed.cause, detail: probed.message };
      }
      if (setting.api !== 'auto' && setting.api !== probed.found) {
        await Promise.all([https.close(), http.close()]);
        return { found: false, cause: 'other_api', detail: `the terminal speaks ${probed.found}, not ${setting.api}` };
      }
      if (probed.found === 'v1') {
        await https.close();
        return { found: true, api: createTerminalV1({ http }), wantsToken: false };
      }
      await http.close();
      const serial = setting.serial === undefined ? {} : { serialNumber: setting.serial };
      const api = createTerminalV2({ http: https, tokens, context, ...serial });
      return { found: true, api, wantsToken: probed.protection === 'on' };
    },
  };
}

function posHttp(context: Context, setting: TerminalSetting, version: 'v1' | 'v2'): PosHttp {
  const at = setting.address.lastIndexOf(':');
  const host = (at < 0 ? setting.address : setting.address.slice(0, at)).replace(/^\[|\]$/g, '');
  const port = at < 0 ? DEFAULT_PORT : Number(setting.address.slice(at + 1));
  return createPosHttp({
    context,
    host,
    port,
    version,
    tls: {
      ...(setting.ca === undefined ? {} : { ca: [setting.ca] }),
      ...(setting.serverName === undefined ? {} : { serverName: setting.serverName }),
      ...(setting.verify === false ? { verification: 'off' as const } : {}),
    },
  });
}
