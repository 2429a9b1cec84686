import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { amountSchema } from '../control/bank-control.ts';
import type { Sim } from '../sim.ts';
import { SimError } from '../sim-error.ts';
import type { TerminalSim } from '../terminal/terminal-sim.ts';
import { terminalViewSchema } from '../terminal/terminal-view.ts';
import { errors, optionalBody, typed } from './operation.ts';

const params = z.object({ id: z.string() });
const response = { 200: terminalViewSchema, ...errors };

/** What hands do at a terminal: the word in the path → the members of the body and the deed. */
const payBody = z
  .object({ method: z.enum(['card', 'qr', 'alaqan']).default('card'), amount: amountSchema.optional() })
  .strict();
const unknownBody = z.object({ resolvesTo: z.enum(['success', 'fail']).nullable().default(null) }).strict();

/** The terminals' part of the control API; every act answers the screen after it. */
export function registerTerminalRoutes(server: FastifyInstance, sim: Sim): void {
  const routes = typed(server);
  const tags = ['terminals'];
  const list = { tags, summary: 'Every terminal with its screen', response: { 200: z.array(terminalViewSchema) } };
  routes.get('/control/terminals', { schema: list }, () =>
    [...sim.terminals.values()].map((terminal) => terminal.view()),
  );
  routes.get(
    '/control/terminals/:id',
    { schema: { tags, summary: 'A terminal with its screen, open operation, pairings and history', params, response } },
    (request) => find(sim, request.params.id).view(),
  );
  const act = <Body extends z.ZodType>(
    word: string,
    summary: string,
    { body, example }: { body: Body; example: z.input<Body> },
    run: (terminal: TerminalSim, options: z.output<Body>) => void,
  ): void => {
    const schema = { tags, summary, params, response, body: optionalBody(body, example) };
    routes.post(`/control/terminals/:id/${word}`, { schema }, (request) => {
      const terminal = find(sim, (request.params as z.output<typeof params>).id);
      run(terminal, body.parse(request.body ?? {}));
      return terminal.view();
    });
  };
  const nothing = { body: z.object({}).strict(), example: {} };
  const ofMembers = <Body extends z.ZodType>(body: Body, example: z.input<Body>) => ({ body, example });
  const flag = (name: string) => ofMembers(z.object({ [name]: z.boolean() }).strict(), { [name]: false });
  act('pay', 'The customer pays', ofMembers(payBody, { method: 'card' }), (terminal, { method, amount }) =>
    terminal.pay({ method, ...(amount === undefined ? {} : { amount }) }),
  );
  act('cancel', 'A person cancels on the screen', nothing, (terminal) => terminal.cancel());
  act('fail', 'The payment fails', nothing, (terminal) => terminal.fail());
  act(
    'unknown',
    'The outcome is unknown until actualize tells `resolvesTo`',
    ofMembers(unknownBody, { resolvesTo: 'success' }),
    (terminal, { resolvesTo }) => terminal.becomeUnknown(resolvesTo),
  );
  act('app', 'Closes or opens the Kaspi Pay app', flag('running'), (terminal, { running }) =>
    terminal.setAppRunning(running === true),
  );
  act('restart', 'The app restarts; v1 forgets its processes', nothing, (terminal) => terminal.restart());
  act('pairing', 'A person allows or refuses a pairing', flag('allow'), (terminal, { allow }) =>
    terminal.answerPairing(allow === true),
  );
  act('protection', '«Защита интеграции» on or off', flag('on'), (terminal, { on }) =>
    terminal.setProtection(on === true),
  );
  act('expire-tokens', 'Every access token is a day old', nothing, (terminal) => terminal.expireTokens());
  act('revoke-pairing', '«Запретить»: every name is forgotten', nothing, (terminal) => terminal.revokePairing());
  act(
    'sub-status',
    'The open operation shows this sub-status',
    ofMembers(z.object({ word: z.string().min(1) }).strict(), { word: 'WaitForPinCode' }),
    (terminal, { word }) => terminal.setSubStatus(word),
  );
}

function find(sim: Sim, id: string): TerminalSim {
  const terminal = sim.terminals.get(id);
  if (!terminal)
    throw new SimError(
      'not_found',
      `there is no terminal ${id}; there are: ${[...sim.terminals.keys()].join(', ') || 'none'}`,
    );
  return terminal;
}
