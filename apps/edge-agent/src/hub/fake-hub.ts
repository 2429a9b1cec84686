import type { Clock } from '@tolem/base';
import { EdgeError } from '../edge-error.ts';
import { type Refusing, refusal } from '../payment/problems.ts';
import { createFakeHubCommands, type FakeHubCommands } from './fake-hub-commands.ts';
import { createFakeHubPayments, type FakeHubPayments } from './fake-hub-payments.ts';
import { createFakeHubSessions, type FakeHubSessions } from './fake-hub-sessions.ts';
import type { HubDevice, HubLink, HubWelcome, WatchHandlers } from './hub-link.ts';
import type { HubOffer } from './hub-offer.ts';

export type FakeHubCall =
  | 'hello'
  | 'createPayment'
  | 'cancelPayment'
  | 'acceptLate'
  | 'refreshPayment'
  | 'findPayer'
  | 'createRefund'
  | 'getRefund'
  | 'openRefundSession'
  | 'getRefundSession'
  | 'listCustomerPurchases'
  | 'listDevices'
  | 'listCommands'
  | 'claimCommand'
  | 'resume';

type RefusalWord = Partial<Pick<Refusing, 'money' | 'retry'>>;

/** A hub in memory with the hands of fate: what it really holds, and what happens to calls. */
export interface FakeHub {
  link(): HubLink;
  readonly payments: FakeHubPayments;
  readonly sessions: FakeHubSessions;
  readonly commands: FakeHubCommands;
  /** The scheme that Hello tells; absent as from an older hub. */
  offer: HubOffer | undefined;
  devices: HubDevice[];
  /** A restored hub has another one. */
  hubEpoch: string;
  /** Cuts every link (streams end, calls fail at once) or heals them. */
  setReachable(isReachable: boolean): void;
  /** The next `times` calls of this kind: not performed; performed without an answer; never answered at all. */
  misbehave(call: FakeHubCall, fault: 'request_lost' | 'answer_lost' | 'hang', times?: number): void;
  /** The next call of this kind is refused, without effect unless told. */
  refuse(call: FakeHubCall, code: string, word?: RefusalWord): void;
  /** Another process has taken the agent's place: its streams end, its calls are refused. */
  supersede(): void;
  readonly calls: FakeHubCall[];
  readonly cancelReasons: Array<{ paymentId: string; reason: string }>;
}

export function createFakeHub(clock: Clock): FakeHub {
  const faults: Array<{ call: FakeHubCall; fault: string; code?: string; word?: RefusalWord }> = [];
  const streams = new Set<{ handlers: WatchHandlers; watched: Map<string, number> }>();
  const calls: FakeHubCall[] = [];
  const cancelReasons: Array<{ paymentId: string; reason: string }> = [];
  const payments = createFakeHubPayments(clock, (view) => {
    for (const { handlers, watched } of streams) {
      if (!watched.has(view.paymentId)) continue;
      queueMicrotask(() => handlers.payment(view));
    }
  });
  const customers = createFakeHubSessions(clock, payments);
  const commands = createFakeHubCommands(clock);
  let isReachable = true;
  let isSuperseded = false;
  let sessions = 0;
  let boot = '';
  let boots = 0;

  const cut = (error: EdgeError): void => {
    for (const stream of streams) {
      streams.delete(stream);
      queueMicrotask(() => stream.handlers.ended(error));
    }
  };
  const through = async <Answer>(call: FakeHubCall, act: () => Answer, limitMs = 5_000): Promise<Answer> => {
    calls.push(call);
    await Promise.resolve();
    if (!isReachable) throw away();
    if (isSuperseded) throw new EdgeError('superseded', 'a newer session exists');
    const at = faults.findIndex((fault) => fault.call === call);
    const fault = faults[at];
    if (fault) faults.splice(at, 1);
    if (fault?.fault === 'request_lost') throw away();
    if (fault?.fault === 'refuse') {
      const { code = '', word } = fault;
      const hint = { kk: code, ru: code, en: code };
      throw refusal({ status: 409, code, detail: 'the fake refuses', hint, ...word });
    }
    const answer = act();
    if (fault?.fault === 'answer_lost') throw away();
    if (fault?.fault === 'hang') {
      await clock.sleep(limitMs);
      throw away();
    }
    return answer;
  };
  const hub: FakeHub = {
    payments,
    sessions: customers,
    commands,
    offer: undefined,
    calls,
    cancelReasons,
    hubEpoch: 'hub-1',
    devices: [{ deviceId: 'till-1', tradePointName: 'Магазин 1', enabled: true }],
    setReachable(next) {
      isReachable = next;
      if (!next) cut(away());
    },
    misbehave(call, fault, times = 1) {
      for (let count = 0; count < times; count++) faults.push({ call, fault });
    },
    refuse: (call, code, word = {}) => void faults.push({ call, fault: 'refuse', code, word }),
    supersede() {
      isSuperseded = true;
      cut(new EdgeError('superseded', 'a newer session exists'));
    },
    link: () => ({
      listDevices: () => through('listDevices', () => hub.devices),
      listCommands: () => through('listCommands', () => commands.list()),
      claimCommand: (commandId) => through('claimCommand', () => commands.claim(commandId, boots)),
      hello: ({ boot: greeting }) =>
        through('hello', (): HubWelcome => {
          sessions += 1;
          // A command belongs to one process, over all of its reconnections.
          if (greeting !== boot) boots += 1;
          boot = greeting;
          const { devices, hubEpoch, offer } = hub;
          const about = { hubEpoch, agentName: 'Касса 1', storeName: 'Магазин 1', hubTimeMs: clock.nowMs() };
          return { session: sessions, devices, ...about, ...(offer ? { offer } : {}) };
        }),
      createPayment: (request, limitMs) => through('createPayment', () => payments.create(request), limitMs),
      refreshPayment: (paymentId) => through('refreshPayment', () => payments.refresh(paymentId)),
      findPayer: () => through('findPayer', () => ({ clientName: 'Айгерим Б.' })),
      cancelPayment: (paymentId, reason) =>
        through('cancelPayment', () => {
          cancelReasons.push({ paymentId, reason });
          return payments.cancel(paymentId);
        }),
      acceptLate: (paymentId) => through('acceptLate', () => payments.acceptLate(paymentId)),
      createRefund: (request) =>
        through('createRefund', () => {
          if (hub.offer?.refunds === 'with_customer' && !payments.holdsRefund(request.refundId)) {
            customers.mustCover(request);
          }
          return payments.createRefund(request);
        }),
      openRefundSession: (request, limitMs) => through('openRefundSession', () => customers.open(request), limitMs),
      async getRefundSession(refundSessionId, afterVersion, waitMs) {
        await through('getRefundSession', () => customers.get(refundSessionId));
        await customers.waitForChange(refundSessionId, afterVersion, waitMs);
        if (!isReachable) throw away();
        return customers.get(refundSessionId);
      },
      listCustomerPurchases: (refundSessionId) =>
        through('listCustomerPurchases', () => customers.purchases(refundSessionId)),
      getRefund: (refundId) => through('getRefund', () => payments.refund(refundId)),
      resume: () => through('resume', () => payments.resumed()),
      watch(handlers) {
        const stream = { handlers, watched: new Map<string, number>() };
        streams.add(stream);
        return {
          add(entries) {
            for (const { paymentId, version } of entries) {
              stream.watched.set(paymentId, version);
              const view = payments.find(paymentId);
              if (!view) queueMicrotask(() => streams.has(stream) && handlers.notFound(paymentId));
              else if (view.version > version) queueMicrotask(() => streams.has(stream) && handlers.payment(view));
            }
          },
          remove: (paymentIds) => paymentIds.forEach((paymentId) => void stream.watched.delete(paymentId)),
          close: () => void streams.delete(stream),
        };
      },
      close: () => streams.clear(),
    }),
  };
  return hub;
}

function away(): EdgeError {
  return new EdgeError('hub_unreachable', 'no answer from the hub', { effect: 'possible' });
}
