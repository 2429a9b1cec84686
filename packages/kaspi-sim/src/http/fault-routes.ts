import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { catalogueEntrySchema, MISBEHAVIOUR } from '../faults/catalogue.ts';
import { chaosSchema, faultKindSchema, faultRuleSchema } from '../faults/fault-plan.ts';
import type { Sim } from '../sim.ts';
import { SimError } from '../sim-error.ts';
import { badRequest, errors, ok, okSchema, requiredBody, typed } from './operation.ts';

const tags = ['misbehaviour'];
const listedSchema = faultRuleSchema.extend({ id: z.string(), used: z.number() });
const chaosBody = requiredBody(
  chaosSchema.extend({
    seed: z.int().optional().describe("The simulator's own where absent"),
    kinds: z.array(faultKindSchema).min(1).optional(),
  }),
  { seed: 7, rate: 0.1 },
  { rate: 0 },
);

/** Misbehaviour: rules, chaos, and the catalogue of everything that can go wrong. */
export function registerFaultRoutes(server: FastifyInstance, sim: Sim): void {
  const routes = typed(server);
  const list = { tags, summary: 'The rules that still stand', response: { 200: z.array(listedSchema) } };
  routes.get('/control/faults', { schema: list }, () => sim.faults.list());
  const catalogue = {
    tags,
    summary: 'Everything that can go wrong: on the wire, with the money, by which call',
    response: { 200: z.array(catalogueEntrySchema) },
  };
  routes.get('/control/faults/catalogue', { schema: catalogue }, () => [...MISBEHAVIOUR]);
  const add = {
    tags,
    summary: 'Orders a fault for the next matching calls',
    body: requiredBody(
      faultRuleSchema,
      { where: 'bank', path: 'payment/return', kind: 'answer_lost' },
      { where: 'bank', path: '*', kind: 'code', statusCode: -999, times: 10 },
    ),
    response: { 200: z.object({ id: z.string() }), ...badRequest },
  };
  routes.post('/control/faults', { schema: add }, (request) => ({ id: sim.faults.add(request.body) }));
  const clear = { tags, summary: 'Removes every rule and ends the chaos', response: { 200: okSchema } };
  routes.delete('/control/faults', { schema: clear }, () => {
    sim.faults.clear();
    return ok();
  });
  const remove = {
    tags,
    summary: 'Removes one rule',
    params: z.object({ id: z.string() }),
    response: { 200: okSchema, ...errors },
  };
  routes.delete('/control/faults/:id', { schema: remove }, (request) => {
    if (!sim.faults.remove(request.params.id))
      throw new SimError('not_found', `there is no fault ${request.params.id}: GET /control/faults lists them`);
    return ok();
  });
  const chaos = {
    tags,
    summary: 'Random misbehaviour by a seed; rate 0 ends it',
    body: chaosBody,
    response: { 200: okSchema, ...badRequest },
  };
  routes.post('/control/chaos', { schema: chaos }, (request) => {
    const { seed = sim.config.seed, kinds, ...rest } = request.body;
    sim.faults.setChaos({ ...rest, seed, ...(kinds === undefined ? {} : { kinds }) });
    return ok();
  });
}
