import type { Context, Problem } from '@tolem/base';
import type { EdgeCore, TerminalView } from './edge-core.ts';
import { createFakePayments, type FakePayments, refusal } from './fake-payment-service.ts';
import { createFakeRefunds, type FakeRefunds } from './fake-refund-service.ts';
import { createFakeRefundSessions, type FakeRefundSessions } from './fake-refund-sessions.ts';
import type { HealthLayer } from './health/health.ts';
import type { HubOffer } from './hub/hub-offer.ts';
import type { Refund } from './refund/refund.ts';

/** What the schemes of the QR API allow [QR 3.9 §1.2]. */
const OFFERS: Record<1 | 2 | 3, HubOffer> = {
  1: { scheme: 1, methods: ['qr', 'link'], refunds: 'none' },
  2: { scheme: 2, methods: ['qr', 'link'], refunds: 'with_customer' },
  3: { scheme: 3, methods: ['qr', 'link', 'invoice'], refunds: 'without_customer' },
};

export interface FakeEdgeCore extends EdgeCore {
  payments: FakePayments;
  refunds: FakeRefunds;
  refundSessions: FakeRefundSessions;
  /** Another scheme of the bank from now on. */
  setScheme(scheme: 1 | 2 | 3): void;
  setDevices(devices: ReturnType<EdgeCore['devices']>): void;
  setTerminal(terminalId: string, patch: Partial<TerminalView>): void;
  /** The hub goes away or comes back: QR payments are refused, health says why. */
  setHubAway(isAway: boolean): void;
  readonly isRunning: boolean;
}

/** An agent's core in memory, for the doors' tests and for work on the pages; deterministic under a virtual clock. */
export function createFakeEdgeCore(context: Context): FakeEdgeCore {
  const { clock } = context;
  const sinceMs = clock.nowMs();
  const listeners = new Set<(layers: HealthLayer[]) => void>();
  let isRunning = false;
  let layers: HealthLayer[] = [
    { layer: 'agent', subject: '', state: 'ok', cause: '', detail: '', sinceMs },
    { layer: 'hub_link', subject: '', state: 'ok', cause: '', detail: '', sinceMs },
    { layer: 'terminal_port', subject: 'front', state: 'ok', cause: '', detail: '', sinceMs },
  ];
  let terminals: TerminalView[] = [
    { terminalId: 'front', api: 'v2', address: '192.168.1.15:8080', verified: true, state: 'ready' },
  ];
  let devices = [{ deviceId: 'till-1', tradePointName: 'Магазин 1 (Ауэзова, 65)', enabled: true }];
  const announce = () => {
    for (const listener of [...listeners]) listener(layers);
  };
  const setTerminal = (terminalId: string, patch: Partial<TerminalView>) => {
    terminals = terminals.map((one) => (one.terminalId === terminalId ? { ...one, ...patch } : one));
    announce();
  };
  const terminal = (terminalId: string): TerminalView => {
    const found = terminals.find((one) => one.terminalId === terminalId);
    if (!found) throw refusal(404, 'terminal_unknown', 'no terminal has this id');
    return found;
  };
  const payments: FakePayments = createFakePayments({
    context,
    refundsOf: (paymentId): Refund[] => refunds.ofPayment(paymentId),
    terminalRefusal: (terminalId = 'front') => terminalRefusal(terminal(terminalId)),
  });
  const refunds: FakeRefunds = createFakeRefunds({
    context,
    payment: (paymentId) => payments.get(paymentId),
    changePayment: (paymentId, patch) => payments.change(paymentId, patch),
    mustFit: (refundSessionId) => refundSessions.mustFit(refundSessionId),
  });
  const refundSessions = createFakeRefundSessions({ context, payments: () => payments.all() });

  return {
    identity: { agentId: 'till-1', name: 'Касса 1', storeName: 'Магазин 1', version: '0.1.0', boot: 'fake' },
    payments,
    refunds,
    refundSessions,
    setScheme(scheme) {
      refundSessions.setOffer(OFFERS[scheme]);
      announce();
    },
    setTerminal,
    terminals: {
      list: () => terminals,
      async pair(terminalId) {
        terminal(terminalId);
        setTerminal(terminalId, { state: 'ready' });
      },
      async release(terminalId) {
        terminal(terminalId);
        setTerminal(terminalId, { state: 'ready' });
      },
    },
    devices: () => devices,
    setDevices(next) {
      devices = next;
      announce();
    },
    health: () => layers,
    outbox: () => ({ epoch: '1', lastSeq: 12, acknowledged: 12 }),
    onHealthChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    setHubAway(isAway) {
      payments.setHubAway(isAway);
      refundSessions.setHubAway(isAway);
      const hubLink: HealthLayer = isAway
        ? {
            layer: 'hub_link',
            subject: '',
            state: 'fail',
            cause: 'connect_timeout',
            detail: '',
            sinceMs: clock.nowMs(),
          }
        : { layer: 'hub_link', subject: '', state: 'ok', cause: '', detail: '', sinceMs: clock.nowMs() };
      layers = layers.map((one) => (one.layer === 'hub_link' ? hubLink : one));
      announce();
    },
    async start() {
      isRunning = true;
    },
    async stop() {
      isRunning = false;
    },
    get isRunning() {
      return isRunning;
    },
  };
}

function terminalRefusal(terminal: TerminalView): Problem | undefined {
  if (terminal.state === 'ready') return undefined;
  const { problem } = refusal(terminal.state === 'unreachable' ? 503 : 409, `terminal_${terminal.state}`, 'not now');
  return problem;
}
