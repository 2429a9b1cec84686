import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { actOptionsSchema, amountSchema, PURCHASE_ACTS, type PurchaseAct } from '../control/bank-control.ts';
import { purchaseViewSchema } from '../control/purchase-view.ts';
import type { Sim } from '../sim.ts';
import { badRequest, errors, optionalBody, requiredBody, typed } from './operation.ts';

const tags = ['bank'];
const params = z.object({ bankPaymentId: z.string().regex(/^\d{1,19}$/, 'digits, the QrPaymentId') });
const one = { tags, params, response: { 200: purchaseViewSchema, ...errors } };

const SUMMARIES: Record<PurchaseAct, string> = {
  scan: 'The customer scans the code or opens the link',
  confirm: 'The customer pays, with or without a scan before; `amount` charges another amount than asked',
  decline: 'The customer refuses',
  error: 'The bank fails',
  discard: 'The code is taken down before its time',
  'late-confirm': 'Money is taken although the purchase had failed or its window had ended',
};

/** Purchases in the customer's hands. */
export function registerPurchaseRoutes(server: FastifyInstance, sim: Sim): void {
  const routes = typed(server);
  const list = {
    tags,
    summary: 'Purchases, newest first',
    querystring: z.object({
      externalId: z.string().optional().describe('Only those with this ExternalId'),
      limit: z.coerce.number().int().min(1).optional().describe('The newest so many'),
    }),
    response: { 200: z.array(purchaseViewSchema), ...badRequest },
  };
  routes.get('/control/purchases', { schema: list }, (request) => sim.bankControl.listPurchases(request.query));
  const read = { ...one, summary: 'One purchase' };
  routes.get('/control/purchases/:bankPaymentId', { schema: read }, (request) =>
    sim.bankControl.readPurchase(request.params.bankPaymentId),
  );
  for (const act of PURCHASE_ACTS) {
    const schema = {
      ...one,
      summary: SUMMARIES[act],
      body: optionalBody(actOptionsSchema, { customer: 'customer-1' }),
    };
    routes.post(`/control/purchases/:bankPaymentId/${act}`, { schema }, (request) =>
      sim.bankControl.act(request.params.bankPaymentId, act, request.body ?? {}),
    );
  }
  const word = {
    ...one,
    summary: 'The status answers this word until the purchase changes',
    body: requiredBody(z.object({ word: z.string().min(1).max(100) }).strict(), { word: 'ProcessingFailed' }),
  };
  routes.post('/control/purchases/:bankPaymentId/set-word', { schema: word }, (request) =>
    sim.bankControl.setWord(request.params.bankPaymentId, request.body.word),
  );
  const refund = {
    ...one,
    summary: 'A refund made elsewhere, as in the Kaspi Pay app',
    body: requiredBody(z.object({ amount: amountSchema }).strict(), { amount: '500.00' }),
  };
  routes.post('/control/purchases/:bankPaymentId/refund', { schema: refund }, (request) =>
    sim.bankControl.refund(request.params.bankPaymentId, request.body.amount),
  );
}
