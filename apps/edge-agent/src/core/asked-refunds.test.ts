import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HubCommand } from '../hub/hub-link.ts';
import { worldJournal } from '../journal/world-journal.ts';
import { createEdgeWorld, type EdgeWorld } from './edge-world.ts';

let folder: string;
let world: EdgeWorld;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tolem-edge-'));
  world = createEdgeWorld({ journal: worldJournal, folder, terminals: { front: 'v2', old: 'v1' } });
  await world.start();
  await world.clock.advance(1_000);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const terminal = (id: string) => {
  const found = world.terminals[id];
  if (!found) throw new Error(`no terminal ${id}`);
  return found;
};
const pay = async (id: string, tenge = 1000): Promise<string> => {
  const asking = world.core.payments.create(world.request({ method: 'terminal', terminalId: id, tenge }));
  await world.clock.advance(10);
  terminal(id).pay({ method: 'card' });
  await world.clock.advance(2_000);
  return (await asking).payment.paymentId;
};
/** The fake terminal gives back when a person confirms there. */
const confirm = async (id: string): Promise<void> => {
  if (terminal(id).screen()) terminal(id).pay({ method: 'card' });
  await world.clock.advance(2_000);
};
const ring = async (advanceMs = 200): Promise<void> => {
  world.bus.down.command();
  await world.clock.advance(advanceMs);
};
const factsOf = ({ refundId }: HubCommand) =>
  world.intake
    .facts()
    .filter(({ kind, fact }) => kind === 'refund' && (fact as { refundId: string }).refundId === refundId)
    .map(({ fact }) => fact as { status: string; statusReason?: string });
const lastOf = (command: HubCommand) => factsOf(command).at(-1);
const refundsAt = (id: string) => terminal(id).truth().refunds.length;
const refunded = (paymentId: string) => world.core.payments.get(paymentId).refunded.toString();

describe.each(['front', 'old'])('headquarters asks for a refund at the terminal %s', (id) => {
  test('at the doorbell it is claimed, made once, and told by its own id', async () => {
    const paymentId = await pay(id);
    const command = world.hub.commands.ask({ paymentId, tenge: 400 });
    await ring();
    await ring();
    expect(world.core.refunds.get(command.refundId)).toMatchObject({
      status: 'sent',
      commandId: command.commandId,
      actor: 'hq/anna',
    });
    await confirm(id);
    await ring();
    expect(lastOf(command)).toMatchObject({ status: 'confirmed', evidence: 'answer' });
    expect(refunded(paymentId)).toBe('400.00');
    expect(refundsAt(id)).toBe(1);
    expect(world.hub.calls.filter((call) => call === 'claimCommand')).toHaveLength(1);
  });

  test('whose doorbell was lost is found after the next Hello', async () => {
    const paymentId = await pay(id);
    world.setHubReachable(false);
    const command = world.hub.commands.ask({ paymentId, tenge: 400 });
    await world.clock.advance(5_000);
    world.setHubReachable(true);
    await world.clock.advance(10_000);
    await confirm(id);
    expect(lastOf(command)).toMatchObject({ status: 'confirmed' });
  });
});

describe('a claim', () => {
  test('whose answer is lost is asked for again by the same session, and acts once', async () => {
    const paymentId = await pay('front');
    world.hub.misbehave('claimCommand', 'answer_lost', 2);
    const command = world.hub.commands.ask({ paymentId, tenge: 400 });
    await ring(5_000);
    await confirm('front');
    expect(lastOf(command)).toMatchObject({ status: 'confirmed' });
    expect(refundsAt('front')).toBe(1);
  });

  test('is gone where headquarters took the command back, and nothing is told', async () => {
    const paymentId = await pay('front');
    world.hub.misbehave('claimCommand', 'request_lost', 1);
    const command = world.hub.commands.ask({ paymentId, tenge: 400 });
    await ring(100);
    world.hub.commands.cancel(command.commandId);
    await world.clock.advance(5_000);
    expect(world.store.command(command.commandId)).toMatchObject({ state: 'gone', stateReason: 'command_gone' });
    expect(factsOf(command)).toEqual([]);
  });

  test('whose process is killed before its answer came is declined by the next one: nothing had been done', async () => {
    const paymentId = await pay('front');
    world.hub.misbehave('claimCommand', 'hang');
    const command = world.hub.commands.ask({ paymentId, tenge: 400 });
    await ring(100);
    world.kill();
    expect(world.hub.commands.sessionOf(command.commandId)).toBe(1);
    await world.start();
    await world.clock.advance(5_000);
    expect(lastOf(command)).toMatchObject({ status: 'declined', statusReason: 'agent_restarted' });
    expect(refundsAt('front')).toBe(0);
    expect(terminal('front').screen()).toBeUndefined();
  });

  test('that never reached the hub is made by the next process', async () => {
    const paymentId = await pay('front');
    world.hub.misbehave('claimCommand', 'request_lost', 1);
    const command = world.hub.commands.ask({ paymentId, tenge: 400 });
    await ring(100);
    world.kill();
    await world.start();
    await world.clock.advance(1_000);
    await confirm('front');
    expect(lastOf(command)).toMatchObject({ status: 'confirmed' });
  });

  test('stored and not acted on by a process that was killed is declined, never acted on later', async () => {
    const paymentId = await pay('front');
    const command = world.hub.commands.ask({ paymentId, tenge: 400, kind: 'of_later_version' });
    world.hub.commands.claim(command.commandId, 1);
    world.store.transact((writer) => {
      const moments = { createdAtMs: 1, updatedAtMs: 1 };
      writer.putCommand({ ...command, kind: 'refund_terminal', state: 'claimed', boot: 'boot-1', ...moments });
    });
    world.kill();
    await world.start();
    await world.clock.advance(5_000);
    expect(lastOf(command)).toMatchObject({ status: 'declined', statusReason: 'agent_restarted' });
    expect(world.core.refunds.get(command.refundId).status).toBe('declined');
    expect(refundsAt('front')).toBe(0);
  });

  test('answered only after the command’s time is over acts no more', async () => {
    const paymentId = await pay('front');
    world.hub.misbehave('claimCommand', 'answer_lost', 1);
    const command = world.hub.commands.ask({ paymentId, tenge: 400, expiresInMs: 10_000 });
    world.bus.down.command();
    await world.clock.advance(100);
    world.setHubReachable(false);
    await world.clock.advance(60_000);
    world.setHubReachable(true);
    await world.clock.advance(15_000);
    expect(lastOf(command)).toMatchObject({ status: 'declined', statusReason: 'claimed_too_late' });
    expect(refundsAt('front')).toBe(0);
  });
});

describe('what a process had begun', () => {
  test('killed while the start is on its way: unknown, a case, never sent again, whatever the hub says', async () => {
    const paymentId = await pay('front');
    terminal('front').misbehave({ on: 'start', kind: 'hang' });
    const command = world.hub.commands.ask({ paymentId, tenge: 400 });
    await ring(500);
    const starts = terminal('front').startCount;
    world.kill();
    world.hub.commands.forgetClaim(command.commandId);
    await world.start();
    await ring(60_000);
    expect(lastOf(command)).toMatchObject({ status: 'unknown', statusReason: 'start_answer_lost' });
    expect(terminal('front').startCount).toBe(starts);
    expect(world.hub.commands.sessionOf(command.commandId)).toBeUndefined();
  });

  test('killed before its outcome was reported: told by the next process', async () => {
    const paymentId = await pay('front');
    const command = world.hub.commands.ask({ paymentId, tenge: 400 });
    await ring();
    world.bus.loseBatches(1_000);
    await confirm('front');
    expect(world.core.refunds.get(command.refundId).status).toBe('confirmed');
    world.kill();
    await world.start();
    await world.clock.advance(5_000);
    expect(lastOf(command)).toMatchObject({ status: 'confirmed' });
    expect(refundsAt('front')).toBe(1);
  });
});

describe('what cannot be done is declined, with the reason', () => {
  const declined = async (ask: { paymentId: string; tenge: number }, advanceMs = 1_000) => {
    const command = world.hub.commands.ask(ask);
    await ring(advanceMs);
    expect(world.hub.commands.sessionOf(command.commandId)).toBe(1);
    expect(world.store.command(command.commandId)?.state).toBe('declined');
    return lastOf(command);
  };
  test('more than the payment can give back', async () => {
    const paymentId = await pay('front');
    const ask = { paymentId, tenge: 1001 };
    expect(await declined(ask)).toMatchObject({ status: 'declined', statusReason: 'refund_exceeds_payment' });
    expect(refunded(paymentId)).toBe('0.00');
  });
  test('a payment that this agent does not have', async () => {
    const ask = { paymentId: '0190a6b2-0000-7000-8000-00000000abcd', tenge: 100 };
    expect(await declined(ask)).toMatchObject({ status: 'declined', statusReason: 'payment_unknown' });
    expect(world.core.payments.search({ limit: 10 }).payments).toEqual([]);
  });
  test('a payment that the hub owns', async () => {
    const asking = world.core.payments.create(world.request());
    await world.clock.advance(100);
    const { paymentId } = (await asking).payment;
    world.hub.payments.pay(paymentId);
    await world.clock.advance(100);
    expect(await declined({ paymentId, tenge: 100 })).toMatchObject({ statusReason: 'not_refundable' });
  });
  test('a terminal that cannot be reached', async () => {
    const paymentId = await pay('front');
    terminal('front').setAppRunning(false);
    await world.clock.advance(60_000);
    expect(await declined({ paymentId, tenge: 100 })).toMatchObject({ statusReason: 'terminal_unreachable' });
  });
  test('a terminal in use for longer than a minute; one that is free sooner is used', async () => {
    const paymentId = await pay('front');
    void world.core.payments.create(world.request({ method: 'terminal', terminalId: 'front', tenge: 700 }));
    await world.clock.advance(100);
    const command = world.hub.commands.ask({ paymentId, tenge: 100 });
    await ring(30_000);
    expect(world.hub.commands.sessionOf(command.commandId)).toBeUndefined();
    terminal('front').pay({ method: 'card' });
    await world.clock.advance(4_000);
    await confirm('front');
    expect(lastOf(command)).toMatchObject({ status: 'confirmed' });
    void world.core.payments.create(world.request({ method: 'terminal', terminalId: 'front', tenge: 700 }));
    await world.clock.advance(100);
    expect(await declined({ paymentId, tenge: 100 }, 65_000)).toMatchObject({ statusReason: 'terminal_busy' });
  });
});

test('a command of a kind that this version does not know is left alone', async () => {
  const paymentId = await pay('front');
  const command = world.hub.commands.ask({ paymentId, tenge: 400, kind: 'open_the_door' });
  await ring(5_000);
  expect(world.store.command(command.commandId)).toBeUndefined();
  expect(world.hub.commands.sessionOf(command.commandId)).toBeUndefined();
});

test('a journal that was lost claims nothing before the hub has told what it knows, and then declines for its terminal', async () => {
  const paymentId = await pay('front');
  world.kill();
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, `journal.db${suffix}`), { force: true });
  world.hub.misbehave('resume', 'request_lost', 1);
  const command = world.hub.commands.ask({ paymentId, tenge: 400 });
  await world.start();
  await ring(5_000);
  expect(world.hub.commands.sessionOf(command.commandId)).toBeUndefined();
  await world.clock.advance(20_000);
  await ring(1_000);
  expect(lastOf(command)).toMatchObject({ status: 'declined' });
  expect(refundsAt('front')).toBe(0);
});
