import type { Agent, AgentState } from './agent/agent.ts';
import type { Caller } from './caller.ts';
import type { Case } from './case/case.ts';
import type { Command } from './command/command.ts';
import type { Device } from './device/device.ts';
import { fakeCommands } from './fake-commands.ts';
import { fakePayment, fakeProblem, fakeRefund } from './fake-records.ts';
import type { HubChange, HubCore } from './hub-core.ts';
import type { JournalBatch } from './journal/journal-intake.ts';
import type { Payment } from './payment/payment.ts';
import type { WatchedChange } from './payment/payment-service.ts';
import type { Refund } from './refund/refund.ts';
import { createFakeRefundSessions } from './refund-session/fake-refund-sessions.ts';

/** A core in memory for tests of the doors: it keeps what the doors hand in and answers from it; no bank, no rules of money. */
export interface FakeHubCore extends HubCore {
  readonly states: Array<{ agentId: string; state: AgentState }>;
  readonly batches: Array<{ agentId: string; batch: JournalBatch }>;
  readonly agentsById: Map<string, Agent>;
  readonly paymentsById: Map<string, Payment>;
  readonly refundsById: Map<string, Refund>;
  readonly commandsById: Map<string, Command>;
  readonly casesById: Map<string, Case>;
  /** Stores a change of a payment and tells the watchers. */
  change(paymentId: string, members: Partial<Payment>): void;
  emit(change: HubChange): void;
  /** The next call of any service rejects with this. */
  failNext(error: Error): void;
}

export function createFakeHubCore(nowMs: () => number = () => 1_768_456_800_000): FakeHubCore {
  const agentsById = new Map<string, Agent>();
  const paymentsById = new Map<string, Payment>();
  const refundsById = new Map<string, Refund>();
  const commandsById = new Map<string, Command>();
  const casesById = new Map<string, Case>();
  const devices: Device[] = [];
  const states: FakeHubCore['states'] = [];
  const batches: FakeHubCore['batches'] = [];
  const listeners = new Set<(change: HubChange) => void>();
  const watchers = new Set<(payment: Payment) => void>();
  let failure: Error | undefined;

  const emit = (change: HubChange) => {
    for (const listener of listeners) listener(change);
  };
  const step = () => {
    const error = failure;
    failure = undefined;
    if (error) throw error;
  };
  const find = <Value>(map: Map<string, Value>, id: string, what: string): Value => {
    step();
    const value = map.get(id);
    if (value === undefined) throw fakeProblem(404, `${what}_not_found`);
    return value;
  };
  const ownPayment = (caller: Caller, paymentId: string): Payment => {
    const payment = find(paymentsById, paymentId, 'payment');
    if (caller.kind === 'agent' && caller.agentId !== payment.agentId) throw fakeProblem(404, 'payment_not_found');
    return payment;
  };
  const change = (paymentId: string, members: Partial<Payment>) => {
    const before = find(paymentsById, paymentId, 'payment');
    const payment = { ...before, ...members, version: before.version + 1, updatedAtMs: nowMs() };
    paymentsById.set(paymentId, payment);
    for (const watcher of watchers) watcher(payment);
    emit({ kind: 'payment', paymentId, agentId: payment.agentId, version: payment.version });
  };
  return {
    instance: 'fake-hub',
    hubEpoch: 'f0e1d2c3b4a59687',
    nowMs,
    offer: { scheme: 3, methods: ['qr', 'link', 'invoice'], refundWay: 'without_customer' },
    refundSessions: createFakeRefundSessions({ step, nowMs }),
    recovery: {
      state: async () => ({ recovering: false }),
      async release() {},
    },
    figures: async () => ({ payments: [], cases: [] }),
    webhooks: {
      endpoints: async () => [],
      deliveries: async () => ({ deliveries: [] }),
      replay: async () => 0,
      test: async () => ({ isTaken: true, answer: '200', tookMs: 1 }),
    },
    states,
    batches,
    agentsById,
    paymentsById,
    refundsById,
    commandsById,
    casesById,
    change,
    emit,
    failNext(error) {
      failure = error;
    },
    agents: {
      async add({ agentId, name, storeName }) {
        if (agentsById.has(agentId)) throw fakeProblem(409, 'agent_exists');
        const agent: Agent = {
          agentId,
          name,
          storeName,
          addedAtMs: nowMs(),
          session: 0,
          presence: 'never_seen',
          health: [],
        };
        agentsById.set(agentId, agent);
        return agent;
      },
      async recordCertificate(agentId, certificate) {
        const agent = find(agentsById, agentId, 'agent');
        agent.certificateSerial = certificate.serial;
        agent.certificateExpiresAtMs = certificate.expiresAtMs;
      },
      async revoke(_caller, agentId) {
        find(agentsById, agentId, 'agent').revokedAtMs = nowMs();
        emit({ kind: 'agent', agentId });
      },
      async mayConnect(agentId) {
        const agent = agentsById.get(agentId);
        return agent !== undefined && agent.revokedAtMs === undefined;
      },
      async hello(agentId, { boot, version }) {
        const agent = find(agentsById, agentId, 'agent');
        agent.session += agent.boot === boot ? 0 : 1;
        Object.assign(agent, { boot, version });
        return { session: agent.session };
      },
      async checkSession(agentId, session) {
        if (find(agentsById, agentId, 'agent').session !== session) throw fakeProblem(409, 'superseded');
      },
      async recordState(agentId, state) {
        step();
        states.push({ agentId, state });
        const agent = find(agentsById, agentId, 'agent');
        agent.presence = state.online ? 'online' : 'offline';
        agent.health = state.health;
        emit({ kind: 'agent', agentId });
      },
      setBrokerUp() {},
      list: async () => [...agentsById.values()],
      get: async (agentId) => find(agentsById, agentId, 'agent'),
    },
    devices: {
      listDevices: async (_caller, agentId) => devices.filter((device) => device.agentId === agentId),
      listTradePoints: async () => [
        { organizationBin: '180340021791', organizationName: 'Test', tradePointId: '1', name: 'Test 1' },
      ],
      async setEnabled(_caller, { agentId, deviceId, enabled }) {
        const device = devices.find((one) => one.agentId === agentId && one.deviceId === deviceId);
        if (!device) throw fakeProblem(422, 'device_unknown');
        return Object.assign(device, { enabled });
      },
      async register(_caller, request) {
        const device = { ...request, tradePointName: 'Test 1', deviceToken: '"t"', enabled: true };
        devices.push(device);
        return device;
      },
    },
    payments: {
      async create(caller, request) {
        step();
        const known = paymentsById.get(request.paymentId);
        if (known) return ownPayment(caller, known.paymentId);
        const payment = fakePayment(caller, request, nowMs());
        paymentsById.set(payment.paymentId, payment);
        return payment;
      },
      get: async (caller, paymentId) => ownPayment(caller, paymentId),
      async cancel(caller, paymentId) {
        ownPayment(caller, paymentId);
        change(paymentId, { status: 'cancelled' });
        return find(paymentsById, paymentId, 'payment');
      },
      refresh: async (caller, paymentId) => ownPayment(caller, paymentId),
      async resolveInvoice(caller, paymentId, resolution) {
        ownPayment(caller, paymentId);
        if (resolution.outcome === 'not_found') throw fakeProblem(409, 'invoice_may_live');
        change(paymentId, { status: 'awaiting_confirmation', bankPaymentId: resolution.bankPaymentId });
        return find(paymentsById, paymentId, 'payment');
      },
      findPayer: async () => ({ clientName: 'Айгерим Б.' }),
      async acceptLate(caller, paymentId) {
        ownPayment(caller, paymentId);
        throw fakeProblem(409, 'late_window_closed');
      },
      watch(caller, onChange) {
        const watched = new Map<string, number>();
        const tell = (payment: Payment) => {
          const version = watched.get(payment.paymentId);
          if (version === undefined || version >= payment.version) return;
          watched.set(payment.paymentId, payment.version);
          onChange({ kind: 'payment', payment });
        };
        watchers.add(tell);
        return {
          add(entries) {
            for (const { paymentId, version } of entries) {
              watched.set(paymentId, version);
              const payment = paymentsById.get(paymentId);
              const isOwn = payment && caller.kind === 'agent' && payment.agentId === caller.agentId;
              const change: WatchedChange = { kind: 'not_found', paymentId };
              if (payment && isOwn) tell(payment);
              else onChange(change);
            }
          },
          remove: (ids) => void ids.map((id) => watched.delete(id)),
          close: () => void watchers.delete(tell),
        };
      },
      async *resume(caller) {
        for (const payment of paymentsById.values()) {
          if (caller.kind === 'agent' && caller.agentId === payment.agentId) yield payment;
        }
      },
      async search({ limit, cursor, agentId }) {
        step();
        const all = [...paymentsById.values()].filter((one) => agentId === undefined || one.agentId === agentId);
        const from = Number(cursor ?? 0);
        const page = all.slice(from, from + limit);
        return { payments: page, ...(from + limit < all.length ? { nextCursor: String(from + limit) } : {}) };
      },
      timeline: async (paymentId) => [
        {
          atMs: find(paymentsById, paymentId, 'payment').createdAtMs,
          kind: 'created',
          actor: 'agent:till-1',
          data: {},
        },
      ],
    },
    refunds: {
      async create(caller, request) {
        const payment = ownPayment(caller, request.paymentId);
        const known = refundsById.get(request.refundId);
        if (known) return known;
        const refund = fakeRefund(request.refundId, payment, request.amount, request.reason, nowMs());
        refundsById.set(refund.refundId, refund);
        emit({ kind: 'refund', refundId: refund.refundId, paymentId: payment.paymentId, agentId: payment.agentId });
        return refund;
      },
      async get(caller, refundId) {
        const refund = find(refundsById, refundId, 'refund');
        ownPayment(caller, refund.paymentId);
        return refund;
      },
      listOf: async (_caller, paymentId) => [...refundsById.values()].filter((one) => one.paymentId === paymentId),
      async settle(_caller, { refundId, outcome }) {
        const refund = { ...find(refundsById, refundId, 'refund'), status: outcome, evidence: 'person' as const };
        refundsById.set(refundId, refund);
        return refund;
      },
    },
    commands: fakeCommands(commandsById),
    journal: {
      async take(agentId, batch) {
        step();
        batches.push({ agentId, batch });
        return { verdict: 'ok', epoch: batch.epoch, upto: batch.to, detail: '' };
      },
      compare: async (_agentId, { epoch, lastSeq }) => ({ verdict: 'ok', epoch, upto: lastSeq, detail: '' }),
    },
    cases: {
      list: async () => ({ cases: [...casesById.values()] }),
      get: async (caseId) => find(casesById, caseId, 'case'),
      async assign(_caller, caseId, owner) {
        return Object.assign(find(casesById, caseId, 'case'), { owner });
      },
      async close(caller, caseId, closeReason) {
        const closedBy = caller.kind === 'person' ? caller.name : caller.kind;
        return Object.assign(find(casesById, caseId, 'case'), { closeReason, closedBy, closedAtMs: nowMs() });
      },
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    health: async () => [{ name: 'database', ok: true, detail: '' }],
    async start() {},
    async stop() {},
  };
}
