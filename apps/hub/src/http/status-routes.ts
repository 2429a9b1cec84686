import { z } from 'zod';
import type { CertificateStatus } from '../certificate/certificate-keeper.ts';
import type { HubCore } from '../hub-core.ts';
import type { Metrics } from '../metrics/prometheus.ts';
import type { App } from './api.ts';

export interface StatusParts {
  core: HubCore;
  metrics: Metrics;
  certificate(): CertificateStatus;
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
    const { daysLeft, refused } = certificate();
    const checks = [
      ...(await core.health()),
      { name: 'certificate', ok: daysLeft >= 0, detail: refused ?? `${daysLeft} days left` },
      { name: 'running', ok: !isStopping(), detail: isStopping() ? 'stopping' : '' },
    ];
    const ready = checks.every(({ ok }) => ok);
    reply.code(ready ? 200 : 503);
    return { ready, checks };
  });
  app.get('/metrics', { schema: { hide: true } }, async (_, reply) => {
    const { origin, daysLeft } = certificate();
    metrics.setGauge('certificate_expires_seconds', { origin }, daysLeft * 86_400);
    const byPresence = new Map<string, number>();
    // Figures are wanted most of all while the database is away.
    const agents = await core.agents.list().catch(() => []);
    for (const { presence } of agents) byPresence.set(presence, (byPresence.get(presence) ?? 0) + 1);
    for (const presence of ['online', 'reconnecting', 'offline', 'stale', 'never_seen']) {
      metrics.setGauge('agents', { presence }, byPresence.get(presence) ?? 0);
    }
    return reply.type(metrics.contentType).send(await metrics.text());
  });
}
