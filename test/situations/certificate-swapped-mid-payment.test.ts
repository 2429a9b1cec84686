import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { createCustomer, payByQr } from '../support/customer.ts';
import { eventually } from '../support/program.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

const pki = (file: string) => join(world.simReady.pki, file);
const hubLog = () => readFileSync(world.program('hub').logFile, 'utf8');
const logGrows = (pattern: RegExp, before: number) =>
  eventually(`the hub's log says ${pattern}`, () => pattern.test(hubLog().slice(before)));

test('the certificate is replaced while calls are in flight: none is lost, and no restart is needed', async () => {
  const customer = createCustomer(world);
  const hubPid = world.program('hub').pid;
  const open = await world.till.pay({ method: 'qr', amount: '401.00' });
  await customer.scan(open.id);
  await world.bank.fault({ where: 'bank', path: 'qr/create', kind: 'delay', ms: 1_500, times: 1 });
  const asking = world.till.pay({ method: 'qr', amount: '402.00' });
  const before = hubLog().length;
  copyFileSync(pki('client2.pfx'), pki('client.pfx'));
  world.program('hub').signal('SIGHUP');
  await logGrows(/certificate/i, before);
  const slow = await asking;
  expect(slow.qr?.token).toBeTruthy();
  for (const payment of [open, slow]) {
    if (payment === slow) await customer.scan(payment.id);
    await customer.confirm(payment.id);
    await world.till.waitFor(payment.id, 'paid');
  }
  expect(world.program('hub').pid).toBe(hubPid);
  await expectAgreement(world);
});

test.each([
  ['garbage', () => writeFileSync(pki('client.pfx'), 'this is not a PFX')],
  ['an expired certificate', () => copyFileSync(pki('client-expired.pfx'), pki('client.pfx'))],
  ['a certificate of another bank', () => copyFileSync(pki('client-foreign.pfx'), pki('client.pfx'))],
])('%s in its place is refused loudly, and payments go on with the one before', async (_, replace) => {
  const before = hubLog().length;
  replace();
  world.program('hub').signal('SIGHUP');
  await logGrows(/"level":"error"[^\n]*certificate|certificate[^\n]*"level":"error"/i, before);
  await payByQr(world, '403.00');
  await expectAgreement(world);
});
