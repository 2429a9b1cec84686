import { type Clock, createIds, createSeededRandom, Money } from '@tolem/base';
import { refusal } from '../payment/problems.ts';
import type { HubCommand } from './hub-link.ts';

interface Held {
  command: Omit<HubCommand, 'expiresInMs'>;
  expiresAtMs: number;
  session?: number;
  isCancelled: boolean;
}

/** What headquarters asks at the fake hub, and to which session it gave it. */
export interface FakeHubCommands {
  list(): HubCommand[];
  claim(commandId: string, session: number): void;
  /** Headquarters asks for a refund. */
  ask(request: { paymentId: string; tenge: number; kind?: string; expiresInMs?: number }): HubCommand;
  cancel(commandId: string): void;
  /** The hub was restored from before the claim. */
  forgetClaim(commandId: string): void;
  sessionOf(commandId: string): number | undefined;
}

export function createFakeHubCommands(clock: Clock): FakeHubCommands {
  const ids = createIds(clock, createSeededRandom(99));
  const held = new Map<string, Held>();
  const find = (commandId: string): Held => {
    const found = held.get(commandId);
    if (!found) throw refuse('command_not_found');
    return found;
  };
  const isOver = (one: Held): boolean => one.isCancelled || clock.nowMs() >= one.expiresAtMs;
  const view = ({ command, expiresAtMs }: Held): HubCommand => ({
    ...command,
    expiresInMs: Math.max(0, expiresAtMs - clock.nowMs()),
  });
  return {
    list: () => [...held.values()].filter((one) => one.session === undefined && !isOver(one)).map(view),
    claim(commandId, session) {
      const one = find(commandId);
      if (one.session === session) return;
      if (one.session !== undefined) throw refuse('command_claimed');
      if (isOver(one)) throw refuse('command_gone');
      one.session = session;
    },
    ask({ paymentId, tenge, kind = 'refund_terminal', expiresInMs = 600_000 }) {
      const amount = Money.fromTenge(tenge);
      const about = { commandId: ids.uuid(), refundId: ids.uuid(), reason: 'asked by HQ', actor: 'anna' };
      const one = { command: { ...about, kind, paymentId, amount }, expiresAtMs: clock.nowMs() + expiresInMs };
      held.set(about.commandId, { ...one, isCancelled: false });
      return view(find(about.commandId));
    },
    cancel(commandId) {
      find(commandId).isCancelled = true;
    },
    forgetClaim(commandId) {
      delete find(commandId).session;
    },
    sessionOf: (commandId) => find(commandId).session,
  };
}

function refuse(code: string) {
  return refusal({ status: 409, code, detail: 'the fake refuses', hint: { kk: code, ru: code, en: code } });
}
