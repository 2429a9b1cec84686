import { z } from 'zod';
import { present } from '../present.ts';
import { type ApiParts, type App, callerOf } from './api.ts';
import { optionalIso } from './payment-json.ts';
import { problemSchema } from './problem-answer.ts';

const recoverySchema = z
  .object({ recovering: z.boolean(), since: z.iso.datetime().optional() })
  .meta({ id: 'Recovery' });

/** After a restore of the database: what holds money back, and a person's release of it. */
export function addRecoveryRoutes(app: App, { core }: ApiParts): void {
  const errors = { '4xx': problemSchema, '5xx': problemSchema };
  const read = async () => {
    const { recovering, sinceMs } = await core.recovery.state();
    return { recovering, ...present({ since: optionalIso(sinceMs) }) };
  };
  app.get('/recovery', { schema: { tags: ['recovery'], response: { 200: recoverySchema, ...errors } } }, read);
  app.post(
    '/recovery/release',
    {
      schema: {
        tags: ['recovery'],
        description: 'A person has looked at what was unfinished before the restore and lets the hub send money again.',
        body: z.object({ reason: z.string().trim().min(1).max(300) }),
        response: { 200: recoverySchema, ...errors },
      },
    },
    async (request) => {
      await core.recovery.release(callerOf(request), request.body.reason);
      return read();
    },
  );
}
