import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { behaviourPatchSchema, tradePointPatchSchema } from '../bank/bank-settings.ts';
import { callSchema } from '../calls/call-log.ts';
import { actOptionsSchema, amountSchema, PURCHASE_ACTS } from '../control/bank-control.ts';
import { purchaseViewSchema } from '../control/purchase-view.ts';
import { chaosSchema, FAULT_KINDS, faultRuleSchema } from '../faults/fault-plan.ts';
import type { Sim } from '../sim.ts';
import { SimError } from '../sim-error.ts';
import { chargeSchema, refundMadeSchema } from '../truth/truth-journal.ts';

const idParams = z.object({ bankPaymentId: z.string().regex(/^\d{1,19}$/) });
const okSchema = z.object({ ok: z.literal(true) });
const errorSchema = z.object({ code: z.string(), detail: z.string() });
const errors = { 404: errorSchema, 409: errorSchema };

const aboutSchema = z.object({
  bankUrl: z.string(),
  bankUrls: z.record(z.string(), z.string()).describe('Scheme → base address'),
  apiKey: z.string().describe('Scheme 1'),
  pki: z.string().describe('The folder of certificates'),
  passphrase: z.string(),
  terminals: z.record(z.string(), z.string()),
});

const truthSchema = z.object({
  charges: z.array(chargeSchema),
  refunds: z.array(refundMadeSchema),
  purchases: z.array(purchaseViewSchema),
  polledReads: z.number().describe('Reads of invoices that were refused as automatic polling'),
});

/** The bank's part of the control API: truth, purchases, misbehaviour, calls. */
export function registerControlRoutes(server: FastifyInstance, sim: Sim): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  routes.get('/control/truth', { schema: { tags: ['truth'], response: { 200: truthSchema } } }, () => sim.truth());
  routes.get('/control/about', { schema: { tags: ['truth'], response: { 200: aboutSchema } } }, () => ({
    ...sim.addresses,
    pki: sim.pki.dir,
    apiKey: sim.apiKey,
    passphrase: sim.pki.passphrase,
  }));
  registerPurchaseRoutes(server, sim);
  registerFaultRoutes(server, sim);
  routes.get('/control/calls', { schema: { tags: ['truth'], response: { 200: z.array(callSchema) } } }, () =>
    sim.calls.list(),
  );
  const reset = {
    tags: ['truth'],
    summary: 'Forgets everything: truth, devices, purchases, faults',
    response: { 200: okSchema },
  };
  routes.post('/control/reset', { schema: reset }, () => {
    sim.reset();
    return { ok: true as const };
  });
  const settings = {
    tags: ['bank'],
    summary: "Changes the bank's behaviour",
    body: behaviourPatchSchema,
    response: { 200: okSchema },
  };
  routes.post('/control/settings', { schema: settings }, (request) => {
    sim.bankControl.change(request.body);
    return { ok: true as const };
  });
  const pointParams = z.object({ organizationBin: z.string(), tradePointId: z.string() });
  const point = {
    tags: ['bank'],
    params: pointParams,
    body: tradePointPatchSchema,
    response: { 200: okSchema, ...errors },
  };
  routes.post('/control/trade-points/:organizationBin/:tradePointId', { schema: point }, (request) => {
    sim.bankControl.changeTradePoint(request.params.organizationBin, request.params.tradePointId, request.body);
    return { ok: true as const };
  });
}

function registerPurchaseRoutes(server: FastifyInstance, sim: Sim): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const tags = ['bank'];
  const list = {
    tags,
    querystring: z.object({ externalId: z.string().optional(), limit: z.coerce.number().int().min(1).optional() }),
    response: { 200: z.array(purchaseViewSchema) },
  };
  routes.get('/control/purchases', { schema: list }, (request) => sim.bankControl.listPurchases(request.query));
  const one = { tags, params: idParams, response: { 200: purchaseViewSchema, ...errors } };
  routes.get('/control/purchases/:bankPaymentId', { schema: one }, (request) =>
    sim.bankControl.readPurchase(request.params.bankPaymentId),
  );
  for (const act of PURCHASE_ACTS) {
    const schema = { ...one, body: actOptionsSchema.nullish() };
    routes.post(`/control/purchases/:bankPaymentId/${act}`, { schema }, (request) =>
      sim.bankControl.act(request.params.bankPaymentId, act, request.body ?? {}),
    );
  }
  const word = { ...one, body: z.object({ word: z.string().min(1).max(100) }).strict() };
  routes.post('/control/purchases/:bankPaymentId/set-word', { schema: word }, (request) =>
    sim.bankControl.setWord(request.params.bankPaymentId, request.body.word),
  );
  const refund = { ...one, body: z.object({ amount: amountSchema }).strict() };
  routes.post('/control/purchases/:bankPaymentId/refund', { schema: refund }, (request) =>
    sim.bankControl.refund(request.params.bankPaymentId, request.body.amount),
  );
}

function registerFaultRoutes(server: FastifyInstance, sim: Sim): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const tags = ['misbehaviour'];
  const listed = faultRuleSchema.extend({ id: z.string(), used: z.number() });
  routes.get('/control/faults', { schema: { tags, response: { 200: z.array(listed) } } }, () => sim.faults.list());
  const add = { tags, body: faultRuleSchema, response: { 200: z.object({ id: z.string() }) } };
  routes.post('/control/faults', { schema: add }, (request) => ({ id: sim.faults.add(request.body) }));
  routes.delete('/control/faults', { schema: { tags, response: { 200: okSchema } } }, () => {
    sim.faults.clear();
    return { ok: true as const };
  });
  const remove = { tags, params: z.object({ id: z.string() }), response: { 200: okSchema, ...errors } };
  routes.delete('/control/faults/:id', { schema: remove }, (request) => {
    if (!sim.faults.remove(request.params.id))
      throw new SimError('not_found', `there is no fault ${request.params.id}`);
    return { ok: true as const };
  });
  const chaosBody = chaosSchema.extend({
    seed: z.int().optional(),
    kinds: z.array(z.enum(FAULT_KINDS)).min(1).optional(),
  });
  const chaos = { tags, body: chaosBody, response: { 200: okSchema } };
  routes.post('/control/chaos', { schema: chaos }, (request) => {
    const { seed = sim.config.seed, kinds, ...rest } = request.body;
    sim.faults.setChaos({ ...rest, seed, ...(kinds === undefined ? {} : { kinds }) });
    return { ok: true as const };
  });
}

const STATUS = {
  not_found: 404,
  not_possible: 409,
  address_in_use: 500,
  data_unusable: 500,
  control_failed: 500,
} as const;

/** Answers every error of the control API as `{code, detail}`. */
export function answerError(error: unknown, reply: FastifyReply): unknown {
  if (error instanceof SimError)
    return reply.code(STATUS[error.code]).send({ code: error.code, detail: error.message });
  if (error instanceof Error && 'validation' in error) {
    return reply.code(400).send({ code: 'request_invalid', detail: error.message });
  }
  throw error;
}
