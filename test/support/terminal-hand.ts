import { eventually } from './program.ts';
import type { TillPayment } from './till.ts';
import type { World } from './world.ts';

/** Taps "allow" on the screen of a v2 terminal while the agent asks to pair. */
export async function pairTerminal(world: World, id: string): Promise<void> {
  const pairing = world.till.call(`/terminals/${id}/pair`, { body: {} });
  await world.bank.terminal(id, 'pairing', { allow: true });
  const answer = await pairing;
  if (answer.status >= 300) throw new Error(`${id} did not pair: ${JSON.stringify(answer.body)}`);
}

/** A payment that the terminal shows and the customer may now pay. */
export async function askAtTerminal(world: World, terminalId: string, amount = '700.00'): Promise<TillPayment> {
  const asked = await world.till.pay({ method: 'terminal', terminalId, amount });
  return world.till.waitFor(asked.id, (payment) => payment.terminal?.processId !== undefined);
}

/** Calls of one path that the terminals received. */
export async function countCalls(world: World, path: string): Promise<number> {
  return (await world.bank.calls()).filter((call) => call.path.includes(path)).length;
}

/** Waits until the terminal itself shows an open operation. */
export async function terminalShowsOperation(world: World, id: string): Promise<void> {
  await eventually(`terminal ${id} shows an operation`, async () => {
    const state = await world.bank.terminalState(id);
    return isBusy(state);
  });
}

/** Waits until the terminal is free for the next operation. */
export async function terminalIsFree(world: World, id: string): Promise<void> {
  await eventually(`terminal ${id} is free`, async () => !isBusy(await world.bank.terminalState(id)));
}

function isBusy(state: Record<string, unknown>): boolean {
  return state.process !== null && state.process !== undefined;
}
