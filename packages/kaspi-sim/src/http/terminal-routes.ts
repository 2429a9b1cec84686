import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { amountSchema } from '../control/bank-control.ts';
import type { Sim } from '../sim.ts';
import { SimError } from '../sim-error.ts';
import type { TerminalSim } from '../terminal/terminal-sim.ts';
import { terminalViewSchema } from '../terminal/terminal-view.ts';

const params = z.object({ id: z.string() });
const errorSchema = z.object({ code: z.string(), detail: z.string() });
const response = { 200: terminalViewSchema, 404: errorSchema, 409: errorSchema };

/** What hands do at a terminal: the word in the path → the members of the body and the deed. */
const payBody = z
  .object({ method: z.enum(['card', 'qr', 'alaqan']).default('card'), amount: amountSchema.optional() })
  .strict();
const unknownBody = z.object({ resolvesTo: z.enum(['success', 'fail']).nullable().default(null) }).strict();

/** The terminals' part of the control API; every act answers the screen after it. */
export function registerTerminalRoutes(server: FastifyInstance, sim: Sim): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const tags = ['terminals'];
  const list = { tags, response: { 200: z.array(terminalViewSchema) } };
  routes.get('/control/terminals', { schema: list }, () =>
    [...sim.terminals.values()].map((terminal) => terminal.view()),
  );
  routes.get('/control/terminals/:id', { schema: { tags, params, response } }, (request) =>
    find(sim, request.params.id).view(),
  );
  const act = <Body extends z.ZodType>(
    word: string,
    body: Body,
    run: (terminal: TerminalSim, options: z.output<Body>) => void,
  ): void => {
    const schema = { tags, params, response, body: body.nullish() };
    routes.post(`/control/terminals/:id/${word}`, { schema }, (request) => {
      const terminal = find(sim, (request.params as z.output<typeof params>).id);
      run(terminal, body.parse(request.body ?? {}));
      return terminal.view();
    });
  };
  const nothing = z.object({}).strict();
  act('pay', payBody, (terminal, { method, amount }) =>
    terminal.pay({ method, ...(amount === undefined ? {} : { amount }) }),
  );
  act('cancel', nothing, (terminal) => terminal.cancel());
  act('fail', nothing, (terminal) => terminal.fail());
  act('unknown', unknownBody, (terminal, { resolvesTo }) => terminal.becomeUnknown(resolvesTo));
  act('app', z.object({ running: z.boolean() }).strict(), (terminal, { running }) => terminal.setAppRunning(running));
  act('restart', nothing, (terminal) => terminal.restart());
  act('pairing', z.object({ allow: z.boolean() }).strict(), (terminal, { allow }) => terminal.answerPairing(allow));
  act('protection', z.object({ on: z.boolean() }).strict(), (terminal, { on }) => terminal.setProtection(on));
  act('expire-tokens', nothing, (terminal) => terminal.expireTokens());
  act('revoke-pairing', nothing, (terminal) => terminal.revokePairing());
  act('sub-status', z.object({ word: z.string().min(1) }).strict(), (terminal, { word }) =>
    terminal.setSubStatus(word),
  );
}

function find(sim: Sim, id: string): TerminalSim {
  const terminal = sim.terminals.get(id);
  if (!terminal) throw new SimError('not_found', `there is no terminal ${id}`);
  return terminal;
}
