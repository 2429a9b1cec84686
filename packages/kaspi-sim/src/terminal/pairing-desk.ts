import type { Context, Timer } from '@tolem/base';
import type { PairedName } from './terminal-process.ts';
import type { TerminalSettings } from './terminal-settings.ts';

/** «Защита интеграции» of a v2 terminal: who was allowed, with which pair of tokens. */
export interface PairingDesk {
  /** Blocks until a person answers or the wait is over. `undefined`: refused, also for a name that is known already. */
  register(name: string): Promise<PairedName | undefined>;
  /** Despite the method's name, a refresh: the old pair dies at once. `undefined`: no such pair. */
  refresh(name: string, refreshToken: string): PairedName | undefined;
  judge(accessToken: string | undefined): 'accepted' | 'unknown' | 'expired';
  /** A person taps; without a request on the screen the tap answers the next one within a short time. */
  answer(isAllowed: boolean): void;
  request(): { name: string; leftMs: number } | undefined;
  names(): string[];
  expireTokens(): void;
  /** «Запретить»: forgets every name. */
  revokeAll(): void;
  setProtection(isOn: boolean): void;
  isProtected(): boolean;
  stop(): void;
}

/** Tokens live a day [pos-v2 Pairing]. */
export const TOKEN_LIFE_MS = 24 * 3_600_000;
/** A tap that comes before its request (scripts race) is remembered this long. */
const EARLY_TAP_MS = 10_000;

interface Request {
  name: string;
  untilMs: number;
  timer: Timer;
  resolve(isAllowed: boolean): void;
}

export function createPairingDesk(options: {
  settings: TerminalSettings;
  context: Context;
  earlier: readonly PairedName[];
  keep(paired: PairedName[]): void;
}): PairingDesk {
  const { settings, context } = options;
  const { clock } = context;
  let paired: PairedName[] = [...options.earlier];
  let request: Request | undefined;
  let earlyTap: { isAllowed: boolean; untilMs: number } | undefined;
  let isProtected = settings.protection;

  const update = (next: PairedName[]): void => {
    options.keep(next);
    paired = next;
  };
  const issue = (name: string): PairedName => {
    const token = () => Buffer.from(context.random.bytes(24)).toString('hex');
    const pair = { name, accessToken: token(), refreshToken: token(), issuedAtMs: clock.nowMs() };
    update([...paired.filter((entry) => entry.name !== name), pair]);
    return pair;
  };
  const close = (isAllowed: boolean): void => {
    const closed = request;
    request = undefined;
    closed?.timer.cancel();
    closed?.resolve(isAllowed);
  };
  const askPerson = (name: string): Promise<boolean> => {
    if (settings.allowPairing) return Promise.resolve(true);
    const tap = earlyTap && clock.nowMs() <= earlyTap.untilMs ? earlyTap : undefined;
    earlyTap = undefined;
    if (tap) return Promise.resolve(tap.isAllowed);
    const waitMs = settings.pairingWaitS * 1000;
    return new Promise((resolve) => {
      const timer = clock.after(waitMs, () => close(false));
      request = { name, untilMs: clock.nowMs() + waitMs, timer, resolve };
    });
  };
  return {
    async register(name) {
      if (paired.some((entry) => entry.name === name) || request) return undefined;
      return (await askPerson(name)) ? issue(name) : undefined;
    },
    refresh(name, refreshToken) {
      const known = paired.some((entry) => entry.name === name && entry.refreshToken === refreshToken);
      return known ? issue(name) : undefined;
    },
    judge(accessToken) {
      if (!isProtected) return 'accepted';
      const pair = paired.find((entry) => entry.accessToken === accessToken);
      if (!pair) return 'unknown';
      return clock.nowMs() - pair.issuedAtMs > TOKEN_LIFE_MS ? 'expired' : 'accepted';
    },
    answer(isAllowed) {
      if (request) close(isAllowed);
      else earlyTap = { isAllowed, untilMs: clock.nowMs() + EARLY_TAP_MS };
    },
    request: () => request && { name: request.name, leftMs: Math.max(0, request.untilMs - clock.nowMs()) },
    names: () => paired.map((entry) => entry.name),
    expireTokens: () => update(paired.map((entry) => ({ ...entry, issuedAtMs: -TOKEN_LIFE_MS }))),
    revokeAll: () => update([]),
    setProtection: (isOn) => {
      isProtected = isOn;
    },
    isProtected: () => isProtected,
    stop: () => close(false),
  };
}
