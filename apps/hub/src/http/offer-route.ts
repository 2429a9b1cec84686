import { PAYMENT_METHODS } from '@tolem/base';
import { z } from 'zod';
import type { ApiParts, App } from './api.ts';
import { problemSchema } from './problem-answer.ts';

const offerSchema = z
  .object({
    scheme: z.union([z.literal(1), z.literal(2), z.literal(3)]).describe("The bank's scheme of the QR API"),
    methods: z.array(z.enum(PAYMENT_METHODS)).describe('Ways of paying through the hub; terminals are the agents’ own'),
    refunds: z
      .enum(['none', 'with_customer', 'without_customer'])
      .describe('How these payments go back: in the Kaspi Pay app, with the customer at the till, or by a refund here'),
  })
  .meta({ id: 'Offer' });

/** What the bank offers this chain [QR 3.9 §1.2]: it changes only with the configuration. */
export function addOfferRoute(app: App, { core }: ApiParts): void {
  const errors = { '4xx': problemSchema, '5xx': problemSchema };
  app.get('/offer', { schema: { tags: ['offer'], response: { 200: offerSchema, ...errors } } }, () => {
    const { scheme, methods, refundWay } = core.offer;
    return { scheme, methods, refunds: refundWay };
  });
}
