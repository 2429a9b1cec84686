import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { createCustomer } from '../support/customer.ts';
import { eventually } from '../support/program.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

const PAYMENTS = 12;

test('the database is killed while many pay: nobody pays twice, nobody is told failed about money that moved', async () => {
  const customer = createCustomer(world);
  const paying = Array.from({ length: PAYMENTS }, async (_, index) => {
    const key = `receipt-under-load-${index}`;
    const body = { method: 'qr', amount: `${100 + index}.00` };
    const asked = await eventually('the payment is accepted', async () => {
      const answer = await world.till.ask(body, key);
      return answer.status < 300 ? answer.body : undefined;
    }).catch(() => undefined);
    if (!asked) return undefined;
    const shown = await world.till.waitFor(asked.id, (payment) => payment.qr !== undefined || payment.final === true);
    if (!shown.qr) return asked.id;
    await customer.scan(asked.id);
    await customer.confirm(asked.id);
    return asked.id;
  });
  process.kill(databasePid(world.paths.hubData), 'SIGKILL');
  const ids = (await Promise.all(paying)).filter((id) => id !== undefined);
  if (!world.program('hub').isRunning()) await world.restart('hub');
  for (const id of ids)
    await world.till.waitFor(id, (payment) => payment.status === 'paid' || payment.status === 'failed', 40_000);
  await expectAgreement(world, 40_000);
  const after = await eventually('the hub takes payments again', async () => {
    const answer = await world.till.ask({ method: 'qr', amount: '9.00' });
    return answer.status < 300 ? answer.body : undefined;
  });
  await customer.scan(after.id);
  await customer.confirm(after.id);
  await world.till.waitFor(after.id, 'paid');
  const charged = (await world.bank.truth()).charges.map((charge) => charge.externalId);
  expect(new Set(charged).size).toBe(charged.length);
});

/** The embedded server's own process, from the file that it keeps while it runs. */
function databasePid(hubData: string): number {
  const folder = readdirSync(hubData, { recursive: true, encoding: 'utf8' }).find((path) =>
    path.endsWith('postmaster.pid'),
  );
  if (!folder) throw new Error('the embedded database does not run');
  return Number(readFileSync(join(hubData, folder), 'utf8').split('\n')[0]);
}
