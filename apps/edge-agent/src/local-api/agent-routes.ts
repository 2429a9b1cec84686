import { PAYMENT_METHODS } from '@tolem/base';
import { z } from 'zod';
import type { EdgeCore, TerminalView } from '../edge-core.ts';
import type { HealthLayer } from '../health/health.ts';
import { REFUND_WAYS } from '../hub/hub-offer.ts';
import { callerWith, type DoorApp, type Doors, deciderOf } from './doors.ts';
import { answers } from './open-api.ts';
import { untilClosed } from './payment-routes.ts';
import { emptyBody, idParams, releaseBody } from './requests.ts';

const STATES = ['ok', 'warn', 'fail', 'unknown'] as const;
const layerJson = z.object({
  layer: z.string(),
  subject: z.string().describe('Such as a terminal’s id; empty for the agent as a whole'),
  state: z.enum(STATES),
  cause: z.string().describe('A word such as connect_timeout; empty when ok'),
  detail: z.string(),
  since: z.iso.datetime(),
});
export const healthJson = z
  .object({
    status: z.enum(['ok', 'warn', 'fail']),
    layers: z.array(layerJson),
    outbox: z.object({ epoch: z.string(), lastSeq: z.number(), acknowledged: z.number(), waiting: z.number() }),
  })
  .meta({ id: 'Health' });

export const terminalJson = z
  .object({
    id: z.string(),
    api: z.enum(['v1', 'v2', 'unknown']),
    address: z.string(),
    verified: z.boolean().describe('Its certificate was checked'),
    state: z.enum(['ready', 'busy', 'unresolved', 'blocked', 'unpaired', 'unreachable']),
    openOperation: z.object({ kind: z.enum(['payment', 'refund']), id: z.string() }).optional(),
    reason: z.string().optional(),
  })
  .meta({ id: 'Terminal' });

const offerShape = {
  scheme: z.number().int().optional().describe('The scheme of Kaspi’s QR API; absent until the hub has told it'),
  methods: z
    .array(z.enum(PAYMENT_METHODS))
    .optional()
    .describe('The ways of paying that can be asked for here; absent until the hub has told them'),
  refunds: z
    .enum(REFUND_WAYS)
    .optional()
    .describe(
      'How payments by QR, link and invoice are refunded: none (only in the Kaspi Pay app), with_customer (in a refund ' +
        'session), without_customer. Terminals refund by themselves. Absent until the hub has told it',
    ),
};
export type OfferJson = z.output<z.ZodObject<typeof offerShape>>;

const deviceJson = z
  .object({
    agentId: z.string(),
    name: z.string(),
    storeName: z.string(),
    version: z.string(),
    boot: z.string(),
    devices: z.array(z.object({ deviceId: z.string(), tradePointName: z.string(), enabled: z.boolean() })),
    ...offerShape,
  })
  .meta({ id: 'Device' });

/** Health by layers, identity, and the terminals with what a person does to them. */
export function addAgentRoutes(app: DoorApp, doors: Doors): void {
  const { core } = doors;
  const tags = ['agent'];
  app.get(
    '/health',
    { schema: { tags, summary: 'Health by layers, each with a named cause', response: answers({ 200: healthJson }) } },
    async () => toHealthJson(core),
  );
  app.get(
    '/device',
    { schema: { tags, summary: 'Who this agent is, and its Kaspi devices', response: answers({ 200: deviceJson }) } },
    async () => ({ ...core.identity, devices: core.devices(), ...toOfferJson(core) }),
  );
  addTerminalRoutes(app, doors);
}

function addTerminalRoutes(app: DoorApp, doors: Doors): void {
  const { terminals } = doors.core;
  const tags = ['terminals'];
  const response = answers({ 200: terminalJson });
  app.get(
    '/terminals',
    {
      schema: {
        tags,
        summary: 'The terminals',
        response: answers({ 200: z.object({ terminals: z.array(terminalJson) }) }),
      },
    },
    async () => ({ terminals: terminals.list().map(toTerminalJson) }),
  );
  app.post(
    '/terminals/:id/pair',
    {
      schema: {
        tags,
        summary: 'Pair; answers when a person has allowed it there',
        params: idParams,
        body: emptyBody,
        response,
      },
    },
    async (request, reply) => {
      callerWith('pay', request);
      await untilClosed(doors, reply, (signal) => terminals.pair(request.params.id, signal));
      return viewOf(terminals, request.params.id);
    },
  );
  app.post(
    '/terminals/:id/release',
    {
      schema: {
        tags,
        summary: 'A person has looked at the last operation and releases the terminal; scope settle',
        params: idParams,
        body: releaseBody,
        response,
      },
    },
    async (request) => {
      const caller = callerWith('settle', request);
      const by = deciderOf(caller, request.body.by);
      await terminals.release(request.params.id, { by, reason: request.body.reason });
      return viewOf(terminals, request.params.id);
    },
  );
}

export function toHealthJson(core: EdgeCore): z.output<typeof healthJson> {
  const layers = core.health();
  const outbox = core.outbox();
  return {
    status: worstOf(layers),
    layers: layers.map(({ sinceMs, ...layer }) => ({ ...layer, since: new Date(sinceMs).toISOString() })),
    outbox: { ...outbox, waiting: Math.max(0, outbox.lastSeq - outbox.acknowledged) },
  };
}

/** What can be asked for here: by the bank's scheme through the hub, and at the agent's own terminals. */
export function toOfferJson(core: EdgeCore): OfferJson {
  const offer = core.refundSessions.offer();
  if (!offer) return {};
  const atTerminal = core.terminals.list().length > 0 ? (['terminal'] as const) : [];
  return { ...offer, methods: [...offer.methods, ...atTerminal] };
}

export function toTerminalJson({ terminalId, ...view }: TerminalView): z.output<typeof terminalJson> {
  return { id: terminalId, ...view };
}

function viewOf(terminals: EdgeCore['terminals'], terminalId: string): z.output<typeof terminalJson> {
  const view = terminals.list().find((one) => one.terminalId === terminalId);
  return view
    ? toTerminalJson(view)
    : { id: terminalId, api: 'unknown', address: '', verified: false, state: 'unreachable' };
}

function worstOf(layers: HealthLayer[]): 'ok' | 'warn' | 'fail' {
  if (layers.some((one) => one.state === 'fail')) return 'fail';
  return layers.some((one) => one.state === 'warn') ? 'warn' : 'ok';
}
