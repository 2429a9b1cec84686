import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { behaviourPatchSchema, tradePointPatchSchema } from '../bank/bank-settings.ts';
import { callSchema } from '../calls/call-log.ts';
import { purchaseViewSchema } from '../control/purchase-view.ts';
import type { Sim } from '../sim.ts';
import { chargeSchema, refundMadeSchema } from '../truth/truth-journal.ts';
import { badRequest, errors, ok, okSchema, requiredBody, typed } from './operation.ts';

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

/** Truth, calls, and the bank's behaviour. */
export function registerControlRoutes(server: FastifyInstance, sim: Sim): void {
  registerTruthRoutes(server, sim);
  const routes = typed(server);
  const settings = {
    tags: ['bank'],
    summary: "Changes the bank's behaviour until the simulator stops",
    body: requiredBody(behaviourPatchSchema, { partialRefunds: false }, { scanWaitS: 10, confirmWaitS: 5 }),
    response: { 200: okSchema, ...badRequest },
  };
  routes.post('/control/settings', { schema: settings }, (request) => {
    sim.bankControl.change(request.body);
    return ok();
  });
  const point = {
    tags: ['bank'],
    summary: 'Closes or opens a trade point, or its ways of paying, until the simulator stops',
    params: z.object({ organizationBin: z.string(), tradePointId: z.string() }),
    body: requiredBody(tradePointPatchSchema, { enabled: false }, { paymentMethods: ['Gold'] }),
    response: { 200: okSchema, ...errors },
  };
  routes.post('/control/trade-points/:organizationBin/:tradePointId', { schema: point }, (request) => {
    sim.bankControl.changeTradePoint(request.params.organizationBin, request.params.tradePointId, request.body);
    return ok();
  });
}

function registerTruthRoutes(server: FastifyInstance, sim: Sim): void {
  const routes = typed(server);
  const tags = ['truth'];
  const truth = { tags, summary: 'What was really charged and refunded', response: { 200: truthSchema } };
  routes.get('/control/truth', { schema: truth }, () => sim.truth());
  const about = { tags, summary: 'Where everything is', response: { 200: aboutSchema } };
  routes.get('/control/about', { schema: about }, () => ({
    ...sim.addresses,
    pki: sim.pki.dir,
    apiKey: sim.apiKey,
    passphrase: sim.pki.passphrase,
  }));
  const calls = {
    tags,
    summary: 'The last 5000 calls that the bank and the terminals received, oldest first',
    response: { 200: z.array(callSchema) },
  };
  routes.get('/control/calls', { schema: calls }, () => sim.calls.list());
  const reset = {
    tags,
    summary: 'Forgets everything: truth, devices, purchases, pairings, faults',
    response: { 200: okSchema },
  };
  routes.post('/control/reset', { schema: reset }, () => {
    sim.reset();
    return ok();
  });
}
