import { KaspiError } from '../kaspi-error.ts';
import type { PosCall } from './codes.ts';
import { dataOf } from './envelope.ts';
import type { PosAnswer, PosQuery } from './pos-http.ts';
import type { TerminalDeviceInfo } from './terminal-api.ts';

/** One call as the parts of the v2 client make it: authorised, repeated once where the terminal proved that nothing happened. */
export type AuthorisedCall = (
  kind: PosCall,
  path: string,
  query: PosQuery,
  options?: { fresh: boolean },
) => Promise<PosAnswer>;

/** Makes sure that the terminal at this address is ours: after a DHCP change the neighbour's may answer [pos-v2 Operations]. */
export interface ConnectionCheck {
  /** Rejects with `wrong_terminal` unless the serial number, read over a new connection, is ours. */
  beforeStart(): Promise<void>;
  /** Asks once, and gives the answer back only where the serial number was read over its connection or right after it. */
  believed(ask: () => Promise<PosAnswer>): Promise<PosAnswer>;
  readDeviceInfo(): Promise<TerminalDeviceInfo>;
}

export function createConnectionCheck(options: {
  call: AuthorisedCall;
  serialNumber?: string;
  learn: (info: TerminalDeviceInfo) => void;
}): ConnectionCheck {
  const { call, serialNumber } = options;
  /** The connection over which our serial number was read last. */
  let checked: string | undefined;
  const read = async (fresh: boolean): Promise<{ info: TerminalDeviceInfo; connection: string }> => {
    const answer = await call('read', '/v2/deviceinfo', {}, { fresh });
    const info = readDeviceInfoAnswer(answer);
    assertOurs(serialNumber, info);
    options.learn(info);
    return { info, connection: answer.connection };
  };
  const check = async (): Promise<void> => {
    checked = undefined;
    checked = (await read(false)).connection;
  };
  return {
    async beforeStart() {
      if (serialNumber !== undefined) await read(true);
    },
    async believed(ask) {
      if (serialNumber === undefined) return ask();
      if (checked === undefined) await check();
      const answer = await ask();
      // Over another connection: checked on it now. Where the terminal closes every connection after one answer, this one
      // was ours before and is ours right after, which is the most that can be known.
      if (answer.connection !== checked) await check();
      return answer;
    },
    readDeviceInfo: async () => (await read(false)).info,
  };
}

function assertOurs(expected: string | undefined, info: TerminalDeviceInfo): void {
  if (expected === undefined) return;
  if (info.serialNumber?.toLowerCase() === expected.trim().toLowerCase()) return;
  throw new KaspiError(
    'wrong_terminal',
    'another terminal answers at this address: its serial number is not the expected one',
    {
      effect: 'none',
      ids: { expected, answered: info.serialNumber },
    },
  );
}

function readDeviceInfoAnswer(answer: PosAnswer): TerminalDeviceInfo {
  const data = dataOf('read', answer);
  const posNumber = data.text('posNum')?.trim();
  const serialNumber = data.text('serialNum')?.trim();
  const terminalId = data.text('terminalId')?.trim();
  return {
    ...(posNumber === undefined ? {} : { posNumber }),
    ...(serialNumber === undefined ? {} : { serialNumber }),
    ...(terminalId === undefined ? {} : { terminalId }),
  };
}
