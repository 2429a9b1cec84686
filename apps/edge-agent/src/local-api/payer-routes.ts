import { z } from 'zod';
import { callerWith, type DoorApp, type Doors } from './doors.ts';
import { answers } from './open-api.ts';
import { withoutUndefined } from './payment-routes.ts';
import { payerQuery } from './requests.ts';

const payerJson = z
  .object({ clientName: z.string().describe('By the bank, for the cashier to compare; never to be stored') })
  .meta({ id: 'Payer' });

/** Whose phone an invoice would go to, so that the cashier confirms whom they ask [QR 3.9 §4.6.1]. */
export function addPayerRoutes(app: DoorApp, { core: { payments } }: Doors): void {
  app.get(
    '/payers',
    {
      schema: {
        tags: ['payments'],
        summary: 'Whose phone it is, before an invoice; at most 50 lookups a minute for each device',
        querystring: payerQuery,
        response: answers({ 200: payerJson }),
      },
    },
    async (request) => {
      callerWith('pay', request);
      return payments.findPayer(withoutUndefined(request.query));
    },
  );
}
