import {
  type Clock,
  createIds,
  createSeededRandom,
  createSilentLog,
  createVirtualClock,
  Money,
  type PaymentStatus,
  type Timer,
  type VirtualClock,
} from '@tolem/base';
import { assertOffered, type QrApi, type QrMethod, type QrScheme, SCHEME_OFFERS } from '@tolem/kaspi-core';
import { createFakeQrApi, FAKE_BIN, type FakeQrBank, type FakeQrOptions } from '@tolem/kaspi-core/fake';
import type { Caller } from './caller.ts';
import type { Case } from './case/case.ts';
import { createHubCore, type WebhookOptions } from './create-hub-core.ts';
import type { HubCore } from './hub-core.ts';
import type { HubSettingsInput } from './hub-settings.ts';
import type { Payment } from './payment/payment.ts';
import type { CreatePayment } from './payment/payment-service.ts';
import { createMemoryDatabase, type FateOf, type MemoryConnection } from './store/memory-store.ts';
import type { Store } from './store/store.ts';

/** A hub's core on virtual time with a bank in memory, for tests: hubs come and go, the database and the bank stay. */
export interface CoreBench {
  clock: VirtualClock;
  bank: FakeQrBank;
  ids: { uuid(): string };
  /** The hub that acts now. */
  readonly hub: HubCore;
  readonly connection: MemoryConnection;
  /** Transactions of the hub that acts now, reading ones as well. */
  readonly transactions: number;
  /** The process dies (uncommitted work is dropped) and another one starts on the same database. */
  restart(options?: StartOptions): Promise<void>;
  /** Another hub beside the first. */
  startSecond(options?: StartOptions): Promise<{ hub: HubCore; connection: MemoryConnection }>;
  /** A QR payment of the till, created and shown. */
  pay(request?: Partial<CreatePayment>): Promise<Payment>;
  scan(payment: Payment): void;
  confirm(payment: Payment): void;
  get(paymentId: string): Promise<Payment>;
  status(payment: Payment): Promise<PaymentStatus>;
  openCases(): Promise<Case[]>;
  /** What the customer is out of pocket at the bank, to the tiyn. */
  charged(payment: Payment): string;
}

export interface StartOptions {
  /** The bank as it is for another scheme: the credentials were changed while the hub was down. */
  scheme?: QrScheme;
  fateOf?: FateOf;
  instance?: string;
}

export interface BenchOptions {
  settings?: Partial<HubSettingsInput>;
  bank?: Partial<FakeQrOptions>;
  exclusive?: boolean;
  webhooks?: WebhookOptions;
  /** Stands between every hub and the database. */
  wrapStore?: (store: Store) => Store;
}

export const TILL: Caller = { kind: 'agent', agentId: 'till-1' };
export const OTHER_TILL: Caller = { kind: 'agent', agentId: 'till-2' };
export const PERSON: Caller = { kind: 'person', name: 'aigerim' };

export async function createCoreBench(options: BenchOptions = {}): Promise<CoreBench> {
  const clock = createVirtualClock();
  const random = createSeededRandom(7);
  const ids = createIds(clock, random);
  const database = createMemoryDatabase({ clock, ids, exclusive: options.exclusive ?? true });
  const bank = createFakeQrApi({ clock, ...options.bank });
  const organizations = [{ bin: FAKE_BIN, name: 'Тест' }];

  const startHub = async ({ fateOf, instance, scheme }: StartOptions = {}) => {
    const life = mortalClock(clock);
    const context = { clock: life.clock, random, ids, log: createSilentLog() };
    const connection = database.connect(fateOf === undefined ? {} : { fateOf });
    const settings = { organizations, ...options.settings, ...(instance === undefined ? {} : { instance }) };
    const { webhooks } = options;
    const port = scheme === undefined ? bank : underScheme(bank, scheme);
    const store = options.wrapStore?.(connection) ?? connection;
    const hub = await createHubCore({ store, bank: port, context, settings, webhooks });
    await hub.start();
    return { hub, connection, die: life.end };
  };
  let current = await startHub();
  for (const agentId of ['till-1', 'till-2']) {
    await current.hub.agents.add({ agentId, name: agentId, storeName: 'Магазин 1' });
    await current.hub.devices.register(PERSON, {
      agentId,
      deviceId: agentId,
      organizationBin: FAKE_BIN,
      tradePointId: '1',
    });
  }
  const bench: CoreBench = {
    clock,
    bank,
    ids,
    get hub() {
      return current.hub;
    },
    get connection() {
      return current.connection;
    },
    get transactions() {
      return current.connection.transactions;
    },
    async restart(start = {}) {
      current.connection.crash();
      current.die();
      current = await startHub(start);
      await clock.advance(1);
    },
    startSecond: startHub,
    pay: (request = {}) =>
      current.hub.payments.create(TILL, {
        paymentId: ids.uuid(),
        method: 'qr',
        amount: Money.parse('1500.00'),
        ...request,
      }),
    scan: (payment) => void bank.customer.scan(payment.bankPaymentId ?? ''),
    confirm: (payment) => void bank.customer.confirm(payment.bankPaymentId ?? ''),
    get: (paymentId) => current.hub.payments.get(PERSON, paymentId),
    status: async (payment) => (await bench.get(payment.paymentId)).status,
    openCases: async () => (await current.hub.cases.list({ open: true, limit: 100 })).cases,
    charged(payment) {
      const purchase = bank.purchase(payment.bankPaymentId ?? '');
      return purchase.charged.minus(purchase.refunded).toString();
    },
  };
  return bench;
}

/** The same bank, of which another scheme offers less. */
function underScheme(bank: QrApi, scheme: QrScheme): QrApi {
  const offer = SCHEME_OFFERS[scheme];
  const offered =
    <Given extends unknown[], Answer>(method: QrMethod, call: (...given: Given) => Promise<Answer>) =>
    async (...given: Given): Promise<Answer> => {
      assertOffered(offer, method);
      return call(...given);
    };
  return {
    ...bank,
    offer,
    readDetails: offered('readDetails', bank.readDetails),
    refund: offered('refund', bank.refund),
  };
}

/** Time as a process has it: with its death all of its timers end. */
function mortalClock(clock: VirtualClock): { clock: Clock; end(): void } {
  const timers = new Set<Timer>();
  let isAlive = true;
  const after: Clock['after'] = (delayMs, run) => {
    if (!isAlive) return { cancel() {} };
    const timer = clock.after(delayMs, () => {
      timers.delete(timer);
      run();
    });
    timers.add(timer);
    return {
      cancel() {
        timers.delete(timer);
        timer.cancel();
      },
    };
  };
  const end = (): void => {
    isAlive = false;
    for (const timer of timers) timer.cancel();
  };
  // A sleeper of a dead process is never woken.
  const sleep: Clock['sleep'] = (delayMs) => new Promise((resolve) => void after(delayMs, resolve));
  return { clock: { nowMs: clock.nowMs, monoMs: clock.monoMs, after, sleep }, end };
}

/** A paid payment of the till. */
export async function payAndConfirm(bench: CoreBench, request: Partial<CreatePayment> = {}): Promise<Payment> {
  const payment = await bench.pay(request);
  bench.scan(payment);
  bench.confirm(payment);
  await bench.clock.advance(6_000);
  return bench.get(payment.paymentId);
}
