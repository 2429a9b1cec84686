import { chmodSync, existsSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import type { Logger } from '@tolem/base';
import { z } from 'zod';
import type { CertificateStatus } from '../certificate/certificate-keeper.ts';
import type { HubCore } from '../hub-core.ts';
import { HubError } from '../hub-error.ts';
import { type AgentEnrolment, OPERATOR } from '../identity/agent-enrolment.ts';
import type { DoorMetrics } from '../metrics/door-metrics.ts';
import { agentSchema, toAgentJson, toDeviceJson } from './agent-json.ts';
import type { App } from './api.ts';
import { createApp } from './create-app.ts';
import { operatorProblem, sendProblem, toProblem } from './problem-answer.ts';
import { addWebhookRoutes } from './webhook-routes.ts';

/** The operator's door on the same machine: a unix socket that only the hub's own user may open. */
export interface AdminSocket {
  stop(): Promise<void>;
}

const deviceInput = z.object({
  deviceId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'Latin letters, digits, "-" and "_"'),
  organizationBin: z.string().regex(/^\d{12}$/, '12 digits'),
  tradePointId: z.string().regex(/^\d{1,19}$/, 'a number'),
});
const addAgentSchema = z.object({
  agentId: z.string().min(1).max(64),
  name: z.string().trim().min(1).max(100),
  storeName: z.string().trim().min(1).max(100),
  days: z.int().min(1).max(3650).optional(),
  reissue: z.boolean().optional(),
  device: deviceInput.optional(),
});

export async function openAdminSocket(options: {
  file: string;
  enrolment: AgentEnrolment;
  core: Pick<HubCore, 'webhooks'>;
  certificate(): CertificateStatus | undefined;
  log: Logger;
  metrics: DoorMetrics;
}): Promise<AdminSocket> {
  const { file, enrolment } = options;
  const app = await createApp({ log: options.log, metrics: options.metrics, isPublic: false });
  await app.register(async (routes) => {
    addAgentRoutes(routes as App, enrolment);
    addWebhookRoutes(routes as App, { core: options.core, callerOf: () => OPERATOR });
    // Scheme 1 has none.
    routes.get('/certificate', () => options.certificate() ?? {});
  });
  rmSync(file, { force: true });
  try {
    await app.listen({ path: file });
    chmodSync(file, 0o600);
  } catch (cause) {
    throw new HubError('door_unavailable', `the admin socket ${file} can't be opened`, { cause });
  }
  return {
    async stop() {
      await app.close();
      rmSync(file, { force: true });
    },
  };
}

/** Whether a hub lives behind this socket; a file that a dead hub left behind answers nobody. */
export function isAdminSocketAlive(file: string): Promise<boolean> {
  if (!existsSync(file)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect(file);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function addAgentRoutes(app: App, enrolment: AgentEnrolment): void {
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof HubError) return sendProblem(reply, operatorProblem(error.code, error.message));
    return sendProblem(reply, toProblem(error, request));
  });
  app.post('/agents', { schema: { body: addAgentSchema } }, (request) => enrolment.add(request.body));
  app.get('/agents', { schema: { response: { 200: z.object({ agents: z.array(agentSchema) }) } } }, async () => ({
    agents: (await enrolment.list()).map(toAgentJson),
  }));
  const ofAgent = z.object({ id: z.string().max(64) });
  app.get('/agents/:id/devices', { schema: { params: ofAgent } }, async (request) => ({
    devices: (await enrolment.devices(request.params.id)).map(toDeviceJson),
  }));
  app.post('/agents/:id/devices', { schema: { params: ofAgent, body: deviceInput } }, (request) =>
    enrolment.addDevice(request.params.id, request.body),
  );
  app.post(
    '/agents/:id/devices/:deviceId',
    { schema: { params: ofAgent.extend({ deviceId: z.string().max(64) }), body: z.object({ enabled: z.boolean() }) } },
    async (request) => {
      const { id, deviceId } = request.params;
      await enrolment.setDeviceEnabled(id, deviceId, request.body.enabled);
      return { deviceId, enabled: request.body.enabled };
    },
  );
  app.post(
    '/agents/:id/revoke',
    {
      schema: {
        params: z.object({ id: z.string().max(64) }),
        body: z.object({ reason: z.string().trim().min(1).max(300) }),
      },
    },
    async (request) => {
      await enrolment.revoke(request.params.id, request.body.reason);
      return { revoked: request.params.id };
    },
  );
}
