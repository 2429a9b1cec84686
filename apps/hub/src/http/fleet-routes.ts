import { z } from 'zod';
import { agentSchema, deviceSchema, toAgentJson, toDeviceJson, tradePointSchema } from './agent-json.ts';
import { type ApiParts, type App, callerOf } from './api.ts';
import { problemSchema } from './problem-answer.ts';

const agentId = z.string().min(1).max(64);

/** Agents, their devices, the bank's trade points. */
export function addFleetRoutes(app: App, { core }: ApiParts): void {
  const errors = { '4xx': problemSchema, '5xx': problemSchema };
  app.get(
    '/agents',
    { schema: { tags: ['fleet'], response: { 200: z.object({ agents: z.array(agentSchema) }), ...errors } } },
    async () => ({ agents: (await core.agents.list()).map(toAgentJson) }),
  );
  app.get(
    '/agents/:id',
    {
      schema: {
        tags: ['fleet'],
        params: z.object({ id: agentId }),
        response: { 200: agentSchema.extend({ devices: z.array(deviceSchema) }), ...errors },
      },
    },
    async (request) => {
      const agent = await core.agents.get(request.params.id);
      const devices = await core.devices.listDevices(callerOf(request), agent.agentId);
      return { ...toAgentJson(agent), devices: devices.map(toDeviceJson) };
    },
  );
  app.get(
    '/devices',
    {
      schema: {
        tags: ['fleet'],
        querystring: z.object({ agentId: agentId.optional() }),
        response: { 200: z.object({ devices: z.array(deviceSchema) }), ...errors },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const wanted = request.query.agentId;
      const agents = wanted === undefined ? (await core.agents.list()).map((agent) => agent.agentId) : [wanted];
      const devices: Awaited<ReturnType<typeof core.devices.listDevices>> = [];
      // One after another: a page of the fleet must not take the database from payments.
      for (const one of agents) devices.push(...(await core.devices.listDevices(caller, one)));
      return { devices: devices.map(toDeviceJson) };
    },
  );
  app.post(
    '/devices',
    {
      schema: {
        tags: ['fleet'],
        description: 'Registers a till or machine with Kaspi; the same arguments give the same device.',
        body: z.object({
          agentId,
          deviceId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
          organizationBin: z.string().regex(/^\d{12}$/),
          tradePointId: z.string().regex(/^\d{1,19}$/),
        }),
        response: { 200: deviceSchema, ...errors },
      },
    },
    async (request) => toDeviceJson(await core.devices.register(callerOf(request), request.body)),
  );
  app.post(
    '/agents/:id/devices/:deviceId',
    {
      schema: {
        tags: ['fleet'],
        description: 'Switches a device off for new payments, or on again; its payments are refunded as before.',
        params: z.object({ id: agentId, deviceId: z.string().min(1).max(64) }),
        body: z.strictObject({ enabled: z.boolean() }),
        response: { 200: deviceSchema, ...errors },
      },
    },
    async (request) => {
      const { id, deviceId } = request.params;
      const { enabled } = request.body;
      return toDeviceJson(await core.devices.setEnabled(callerOf(request), { agentId: id, deviceId, enabled }));
    },
  );
  app.get(
    '/trade-points',
    { schema: { tags: ['fleet'], response: { 200: z.object({ tradePoints: z.array(tradePointSchema) }), ...errors } } },
    async () => ({ tradePoints: await core.devices.listTradePoints() }),
  );
}
