import { cpSync, existsSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { createCustomer, payByQr } from '../support/customer.ts';
import { eventually } from '../support/program.ts';
import { askAtTerminal, pairTerminal } from '../support/terminal-hand.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let journal: string;
beforeAll(async () => {
  world = await startWorld({ terminals: [{ id: 'front', api: 'v2' }] });
  await pairTerminal(world, 'front');
  journal = join(world.paths.agentData, 'journal.db');
});
afterAll(() => world?.stop());

const payAtTerminal = async (amount: string) => {
  const asked = await askAtTerminal(world, 'front', amount);
  await world.bank.terminal('front', 'pay', { method: 'card' });
  return world.till.waitFor(asked.id, 'paid');
};

test('a torn end of the journal’s log loses nothing that the hub was told, and the till goes on', async () => {
  await payByQr(world, '11.00');
  await payAtTerminal('12.00');
  await expectAgreement(world);
  await world.kill('agent');
  const wal = `${journal}-wal`;
  if (existsSync(wal) && statSync(wal).size > 100) truncateSync(wal, statSync(wal).size - 100);
  await world.restart('agent');
  await payByQr(world, '13.00');
  await expectAgreement(world);
});

test('restored from an old image: the fork is seen, open payments come back from the hub, nothing is charged twice', async () => {
  const customer = createCustomer(world);
  await world.program('agent').stop();
  const image = join(world.folder, 'old-image');
  cpSync(world.paths.agentData, image, { recursive: true });
  await world.restart('agent');
  const key = 'receipt-after-image-1';
  const body = { method: 'qr', amount: '21.00' };
  const asked = await world.till.ask(body, key);
  await customer.scan(asked.body.id);
  await world.till.waitFor(asked.body.id, 'awaiting_confirmation');
  await payByQr(world, '22.00');
  await expectAgreement(world);
  await world.kill('agent');
  rmSync(world.paths.agentData, { recursive: true });
  cpSync(image, world.paths.agentData, { recursive: true });
  await world.restart('agent');
  await customer.confirm(asked.body.id);
  await world.till.waitFor(asked.body.id, 'paid', 30_000);
  const again = await world.till.ask(body, key);
  expect(again.body.id ?? again.body.paymentId).toBe(asked.body.id);
  expect(await world.bank.purchases(asked.body.id)).toHaveLength(1);
  await eventually('HQ has a case about the fork', async () =>
    (await world.hub.cases(true)).some((one) => one.kind.includes('journal')),
  );
  await expectAgreement(world, 30_000);
});

test('damaged in the middle: moved aside, a new epoch, and each terminal waits for a person', async () => {
  const customer = createCustomer(world);
  await eventually('the terminal may be used, or a person releases it', () => releaseTerminal());
  const asked = await world.till.pay({ method: 'qr', amount: '31.00' });
  await customer.scan(asked.id);
  await world.till.waitFor(asked.id, 'awaiting_confirmation');
  await world.kill('agent');
  for (const suffix of ['-wal', '-shm']) rmSync(`${journal}${suffix}`, { force: true });
  const size = statSync(journal).size;
  const file = openSync(journal, 'r+');
  for (let at = 4096; at < size; at += 4096) writeSync(file, Buffer.alloc(512, 0xa5), 0, 512, at + 64);
  await world.restart('agent');
  const refused = await world.till.ask({ method: 'terminal', terminalId: 'front', amount: '32.00' });
  expect(refused.status).toBe(409);
  expect(refused.body.code).toBe('terminal_unresolved');
  await customer.confirm(asked.id);
  await world.till.waitFor(asked.id, 'paid', 30_000);
  await eventually('a person releases the terminal', () => releaseTerminal());
  await payAtTerminal('33.00');
  await expectAgreement(world, 30_000);
});

async function releaseTerminal(): Promise<boolean> {
  const answer = await world.till.call('/terminals');
  const terminal = ((answer.body.terminals ?? []) as Array<{ id: string; state: string }>).find(
    (one) => one.id === 'front',
  );
  if (terminal?.state === 'ready') return true;
  // The pair of tokens went with the journal: the technician forbids the old pairing on the terminal and pairs anew.
  if (terminal?.state === 'unpaired') {
    await world.bank.terminal('front', 'revoke-pairing');
    await pairTerminal(world, 'front');
    return false;
  }
  await world.till.call('/terminals/front/release', { body: { by: 'Айгүл', reason: 'looked at the last cheque' } });
  return false;
}
