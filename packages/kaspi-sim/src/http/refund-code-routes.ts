import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { customerSchema } from '../control/bank-control.ts';
import { refundCodeViewSchema } from '../control/refund-code-view.ts';
import type { Sim } from '../sim.ts';
import { badRequest, errors, optionalBody, typed } from './operation.ts';

const params = z.object({ qrReturnId: z.string().regex(/^\d{1,19}$/) });
const one = {
  tags: ['bank'],
  params,
  response: { 200: refundCodeViewSchema, ...errors },
};

/** Scheme 2's refund codes, in the customer's hands. */
export function registerRefundCodeRoutes(server: FastifyInstance, sim: Sim): void {
  const routes = typed(server);
  const { bankControl } = sim;
  const list = {
    tags: ['bank'],
    summary: 'Refund codes, newest first',
    querystring: z.object({ limit: z.coerce.number().int().min(1).optional().describe('The newest so many') }),
    response: { 200: z.array(refundCodeViewSchema), ...badRequest },
  };
  routes.get('/control/refund-codes', { schema: list }, (request) => bankControl.listRefundCodes(request.query.limit));
  routes.get('/control/refund-codes/:qrReturnId', { schema: { ...one, summary: 'One refund code' } }, (request) =>
    bankControl.readRefundCode(request.params.qrReturnId),
  );
  const scan = {
    ...one,
    summary: 'The customer scans the code and is known at the till',
    body: optionalBody(z.object({ customer: customerSchema.optional() }).strict(), { customer: 'customer-1' }),
  };
  routes.post('/control/refund-codes/:qrReturnId/scan', { schema: scan }, (request) =>
    bankControl.actOnRefundCode(request.params.qrReturnId, 'scan', request.body?.customer),
  );
  const error = { ...one, summary: 'The bank fails at the scan', body: optionalBody(z.object({}).strict(), {}) };
  routes.post('/control/refund-codes/:qrReturnId/error', { schema: error }, (request) =>
    bankControl.actOnRefundCode(request.params.qrReturnId, 'error'),
  );
}
