import { PAYMENT_STATUSES } from '@tolem/base';
import { z } from 'zod';
import type { Agent } from '../agent/agent.ts';
import type { CertificateStatus } from '../certificate/certificate-keeper.ts';
import type { HubCore, HubFigures } from '../hub-core.ts';
import type { Metrics } from '../metrics/prometheus.ts';
import type { EndpointState } from '../webhook/webhook.ts';
import type { App } from './api.ts';

export interface StatusParts {
  core: HubCore;
  metrics: Metrics;
  /** Absent under scheme 1, which has none. */
  certificate(): CertificateStatus | undefined;
  isStopping(): boolean;
}

const check = z.object({ name: z.string(), ok: z.boolean(), detail: z.string() });
const report = z.object({ ready: z.boolean(), checks: z.array(check) }).meta({ id: 'Readiness' });

/** `/healthz` says that the process answers, `/readyz` that it can do its work; neither tells secrets. */
export function addStatusRoutes(app: App, { core, metrics, certificate, isStopping }: StatusParts): void {
  app.get('/healthz', { schema: { tags: ['status'], response: { 200: z.object({ ok: z.literal(true) }) } } }, () => ({
    ok: true as const,
  }));
  app.get('/readyz', { schema: { tags: ['status'], response: { 200: report, 503: report } } }, async (_, reply) => {
    const current = certificate();
    const checks = [
      ...(await core.health()),
      ...(current === undefined ? [] : [certificateCheck(current)]),
      { name: 'running', ok: !isStopping(), detail: isStopping() ? 'stopping' : '' },
    ];
    const ready = checks.every(({ ok }) => ok);
    reply.code(ready ? 200 : 503);
    return { ready, checks };
  });
  app.get('/metrics', { schema: { hide: true } }, async (_, reply) => {
    await measure({ core, metrics, certificate });
    return reply.type(metrics.contentType).send(await metrics.text());
  });
}

function certificateCheck({ daysLeft, refused }: CertificateStatus): z.output<typeof check> {
  return { name: 'certificate', ok: daysLeft >= 0, detail: refused ?? `${daysLeft} days left` };
}

const PRESENCES = ['online', 'reconnecting', 'offline', 'stale', 'never_seen'];

/** Sets the figures that nobody counts as they happen. What the database can't tell now keeps its last value. */
async function measure({ core, metrics, certificate }: Omit<StatusParts, 'isStopping'>): Promise<void> {
  const current = certificate();
  if (current) {
    const { origin, daysLeft } = current;
    metrics.setGauge('certificate_expires_seconds', { origin }, daysLeft * 86_400);
  }
  const [agents, figures, webhooks] = await Promise.all([
    core.agents.list().catch(() => undefined),
    core.figures().catch(() => undefined),
    core.webhooks.endpoints().catch(() => undefined),
  ]);
  if (agents) measureAgents(metrics, agents);
  if (figures) measureMoney(metrics, figures);
  if (webhooks) measureWebhooks(metrics, webhooks, core.nowMs());
}

function measureAgents(metrics: Metrics, agents: Agent[]): void {
  const living = agents.filter((one) => one.revokedAtMs === undefined);
  for (const presence of PRESENCES) {
    metrics.setGauge('agents', { presence }, living.filter((one) => one.presence === presence).length);
  }
  metrics.forgetGauge('journal_lag_rows');
  for (const { agentId, journal, lastSeq } of living) {
    if (journal && lastSeq !== undefined) {
      metrics.setGauge('journal_lag_rows', { agent: agentId }, Math.max(0, lastSeq - journal.upto));
    }
  }
}

function measureMoney(metrics: Metrics, { payments, cases }: HubFigures): void {
  for (const status of PAYMENT_STATUSES) {
    metrics.setGauge('payments_not_final', { status }, payments.find((one) => one.status === status)?.count ?? 0);
  }
  metrics.forgetGauge('cases_open');
  metrics.forgetGauge('money_at_risk_tenge');
  for (const { kind, count, amount } of cases) {
    metrics.setGauge('cases_open', { kind }, count);
    metrics.setGauge('money_at_risk_tenge', { kind }, Number(amount.toString()));
  }
}

function measureWebhooks(metrics: Metrics, webhooks: EndpointState[], nowMs: number): void {
  for (const { endpointId: endpoint, waiting, givenUp, oldestWaitingAtMs = nowMs } of webhooks) {
    metrics.setGauge('webhooks_waiting', { endpoint }, waiting);
    metrics.setGauge('webhooks_given_up', { endpoint }, givenUp);
    metrics.setGauge('webhooks_oldest_seconds', { endpoint }, Math.max(0, (nowMs - oldestWaitingAtMs) / 1000));
  }
}
