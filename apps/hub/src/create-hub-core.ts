import { type Context, unreachable } from '@tolem/base';
import type { QrApi } from '@tolem/kaspi-core';
import { createAgentRegistry } from './agent/create-agent-registry.ts';
import { settleByCase } from './case/case-outcome.ts';
import { createCaseService } from './case/create-case-service.ts';
import { createCommandService } from './command/create-command-service.ts';
import { createDeviceService } from './device/create-device-service.ts';
import { createToldStore } from './event/told-store.ts';
import { createHousekeeping } from './housekeeping.ts';
import type { HubChange, HubCore } from './hub-core.ts';
import { hubOffer } from './hub-offer.ts';
import { completeSettings, type HubSettingsInput } from './hub-settings.ts';
import { createHubTime } from './hub-time.ts';
import type { HubWorld } from './hub-world.ts';
import { createJournalIntake } from './journal/create-journal-intake.ts';
import { createInstanceLease } from './lease/instance-lease.ts';
import { type Meter, silentMeter } from './meter.ts';
import { observeBank } from './observed-bank.ts';
import { within } from './payment/bank-reader.ts';
import { createPaymentService } from './payment/create-payment-service.ts';
import type { Payment } from './payment/payment.ts';
import { createPaymentWatchers } from './payment/payment-watch.ts';
import { createPoller } from './payment/poller.ts';
import { createReclaim } from './reclaim.ts';
import { createRecovery } from './recovery/create-recovery.ts';
import { createRefundService } from './refund/create-refund-service.ts';
import { createRefundRunner } from './refund/refund-runner.ts';
import { createRefundSessionService } from './refund-session/create-refund-session-service.ts';
import { createPurchaseList } from './refund-session/purchase-list.ts';
import { createSessionKeeper } from './refund-session/session-keeper.ts';
import type { Store, StoreHint } from './store/store.ts';
import { createDispatcher } from './webhook/create-dispatcher.ts';
import { createWebhookService } from './webhook/create-webhook-service.ts';
import type { SendWebhook, WebhookEndpoint } from './webhook/webhook.ts';
import type { EventWords } from './webhook/webhook-outbox.ts';

export interface HubCoreOptions {
  store: Store;
  bank: QrApi;
  context: Context;
  settings: HubSettingsInput;
  meter?: Meter;
  webhooks?: WebhookOptions | undefined;
}

/** Who is told what happens, in which words, and by which port. */
export interface WebhookOptions {
  endpoints: readonly WebhookEndpoint[];
  words: EventWords;
  send: SendWebhook;
}

/** A poller this far behind is not well: several of the bank's intervals. */
const POLLER_LATE_MS = 30_000;
/** The name of the only hub that an exclusive store can have: the same after every start, so that it takes back its own. */
const ONLY_INSTANCE = 'only';

/**
 * Wires the hub without its doors. Reads the database's clock and epoch, so the store must be reachable; begins to act with
 * `start()`. The store is closed by whoever opened it, after `stop()`.
 */
export async function createHubCore(options: HubCoreOptions): Promise<HubCore> {
  const { context, meter = silentMeter, webhooks } = options;
  const settings = completeSettings(options.settings);
  const { intervals } = settings;
  const instance = settings.instance ?? (options.store.exclusive ? ONLY_INSTANCE : context.ids.uuid());
  const { hubEpoch } = await options.store.transaction((tx) => tx.meta.get());
  const observed = observeBank(options.bank, context.clock, meter);
  const { leaseMs, renewMs } = intervals;
  const lease = createInstanceLease({ store: options.store, ...context, meter, instance, leaseMs, renewMs });
  const time = createHubTime(context.clock);
  const telling = { ids: context.ids, time, owner: lease.generation, onTold: () => dispatcher.wake() };
  const store = createToldStore(options.store, { log: context.log, meter }, webhooks && { ...webhooks, ...telling });
  const world: HubWorld = {
    ...context,
    store,
    bank: observed.bank,
    settings,
    time,
    lease,
    meter,
  };
  const listeners = new Set<(change: HubChange) => void>();

  const onPayment = (payment: Payment): void => {
    poller.stored(payment);
    const { late } = payment;
    if (late?.outcome === 'refunding' && late.refundId !== undefined) void takeRefund(late.refundId);
  };
  const takeRefund = async (refundId: string): Promise<void> => {
    const refund = await store.transaction((tx) => tx.refunds.get(refundId)).catch(() => undefined);
    // Without an answer now it is found again by `reclaim`.
    if (refund) runner.resume(refund);
  };
  const poller = createPoller(world, onPayment);
  const recovery = createRecovery(world);
  const isRecovering = async () => (await recovery.state()).recovering;
  const runner = createRefundRunner({ world, isRecovering, onPayment });
  const commands = createCommandService(world, isRecovering);
  const keeper = createSessionKeeper(world);
  const purchases = createPurchaseList(world, keeper);
  const watchers = createPaymentWatchers(world);
  const devices = createDeviceService(world);
  const agents = createAgentRegistry(world);
  const cases = createCaseService(world, async (tx, closed) => {
    await settleByCase(tx, world, closed);
    const isQuarantine = closed.kind === 'clone_suspected' || closed.kind === 'fingerprint_changed';
    if (isQuarantine && closed.agentId !== undefined) await agents.endQuarantine(tx, closed.agentId);
  });
  const reclaim = createReclaim({ world, poller, runner, keeper, onPayment });
  const housekeeping = createHousekeeping({
    world,
    devices,
    commands,
    onPayment: poller.adopted,
    onRefund: (refund) => void runner.take(refund),
    onRefundSession: keeper.stored,
    reclaim,
    isBankWell: () => observed.health().ok,
  });
  const endpoints = webhooks?.endpoints ?? [];
  const send: SendWebhook = webhooks?.send ?? (async () => ({ isTaken: false, answer: 'not_configured' }));
  const dispatcher = createDispatcher({ world, endpoints, send });
  const tell = (listener: (change: HubChange) => void, change: HubChange): void => {
    try {
      listener(change);
    } catch (error) {
      context.log.error({ error, change }, 'a listener of changes failed');
    }
  };
  const onChange: HubCore['onChange'] = (listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const onHint = (hint: StoreHint): void => {
    watchers.hint(hint);
    if (hint.kind === 'reconnected') void reclaim();
    else for (const listener of [...listeners]) tell(listener, hint);
  };
  const waitForChange = (payment: Payment, limitMs: number): Promise<void> =>
    waitForVersion(world, payment, limitMs, listeners);
  let dropHints: () => void = () => {};

  return {
    instance,
    hubEpoch,
    offer: hubOffer(options.bank.offer),
    payments: createPaymentService({ world, watchers, onStored: onPayment, waitForChange }),
    refunds: createRefundService({ world, runner, purchases, onPayment }),
    refundSessions: createRefundSessionService({ world, keeper, purchases, onChange }),
    commands,
    devices,
    agents,
    journal: createJournalIntake({ world, onPayment }),
    cases,
    recovery,
    webhooks: createWebhookService({ world, endpoints, dispatcher, send }),
    figures: () =>
      store.transaction(async (tx) => ({
        payments: await tx.payments.openByStatus(),
        cases: await tx.cases.openSums(),
      })),
    nowMs: () => world.time.nowMs(),
    onChange,
    health: async () => [
      await databaseHealth(store),
      { name: 'lease', ok: lease.isHeld(), detail: lease.isHeld() ? 'held' : 'lost' },
      { name: 'bank', ...observed.health() },
      { name: 'poller', ok: poller.latenessMs() < POLLER_LATE_MS, detail: `${poller.watched} payments watched` },
    ],
    async start() {
      world.time.anchor(await store.nowMs());
      dropHints = store.onHint(onHint);
      if (store.exclusive) await agents.forgetPresence();
      await lease.start({
        acquired: () => {
          const adopted = housekeeping.adopt().then(reclaim);
          adopted.catch((error: unknown) => context.log.warn({ error }, 'taking over must wait'));
        },
        renewed: world.time.anchor,
        lost: () => {
          poller.forgetAll();
          runner.forgetAll();
          keeper.forgetAll();
        },
      });
      poller.start();
      runner.start();
      keeper.start();
      watchers.start();
      housekeeping.start();
      dispatcher.start();
    },
    async stop() {
      housekeeping.stop();
      watchers.stop();
      const underWay = Promise.all([poller.stop(), runner.stop(), dispatcher.stop(), keeper.stop()]);
      await within(context.clock, intervals.stopMs, underWay);
      dropHints();
      await lease.stop().catch((error: unknown) => context.log.warn({ error }, 'the lease could not be given up'));
    },
  };
}

async function databaseHealth(store: Store): Promise<{ name: string; ok: boolean; detail: string }> {
  try {
    await store.nowMs();
    return { name: 'database', ok: true, detail: 'answers' };
  } catch (error) {
    return { name: 'database', ok: false, detail: error instanceof Error ? error.message : 'unreachable' };
  }
}

/** Resolves when the payment has a newer version, or after `limitMs`. */
function waitForVersion(
  world: HubWorld,
  payment: Payment,
  limitMs: number,
  listeners: Set<(change: HubChange) => void>,
): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      listeners.delete(listener);
      resolve();
    };
    const listener = (change: HubChange): void => {
      switch (change.kind) {
        case 'payment':
          if (change.paymentId === payment.paymentId && change.version > payment.version) end();
          return;
        case 'refund':
        case 'command':
        case 'devices':
        case 'refund_session':
        case 'agent':
        case 'case':
          return;
        default:
          unreachable(change, 'kind of a change');
      }
    };
    const timer = world.clock.after(limitMs, end);
    listeners.add(listener);
  });
}
