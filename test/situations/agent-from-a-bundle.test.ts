import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { bundleAgent } from '../support/bundle.ts';
import { payByQr } from '../support/customer.ts';
import { runCommand } from '../support/program.ts';
import { askAtTerminal, pairTerminal } from '../support/terminal-hand.ts';
import { startWorld, type World } from '../support/world.ts';

/** Far from the sources and from every `node_modules`. */
const folder = mkdtempSync(join(tmpdir(), 'tolem-bundle-'));
let program: string;
let world: World;
beforeAll(async () => {
  program = await bundleAgent(folder);
  const terminals = [
    { id: 'front', api: 'v2' as const },
    { id: 'old', api: 'v1' as const },
  ];
  world = await startWorld({ agentEntry: program, terminals });
});
afterAll(async () => {
  await world?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('it takes money by QR and gives a part back', async () => {
  const paid = await payByQr(world, '1500.00');
  const refund = await world.till.refund(paid.id, '400.50');
  await world.till.waitForRefund(refund.body.id, 'confirmed');
  await expectAgreement(world);
});

test('it takes money at terminals of both kinds, and goes on from its journal after it was killed', async () => {
  await pairTerminal(world, 'front');
  const open = await askAtTerminal(world, 'front');
  await world.kill('agent');
  await world.bank.terminal('front', 'pay', { method: 'card' });
  await world.restart('agent');
  await world.till.waitFor(open.id, 'paid');
  const old = await askAtTerminal(world, 'old');
  await world.bank.terminal('old', 'pay', { method: 'card' });
  await world.till.waitFor(old.id, 'paid');
  await expectAgreement(world);
});

test('it serves its pages and its contract, and answers its command line', async () => {
  const page = (path: string) => fetch(`${world.till.url}${path}`);
  expect(await (await page('/')).text()).toContain('<!doctype html>');
  const words = await page('/pages/text/kk.js');
  expect(words.headers.get('content-type')).toContain('text/javascript');
  expect(await words.text()).toBe(readFileSync('apps/edge-agent/src/pages/text/kk.js', 'utf8'));
  expect((await world.till.call('/openapi.json')).status).toBe(200);
  const { id } = await world.till.pay({ method: 'qr', amount: '10.00' });
  const headers = { authorization: `Bearer ${world.till.token}` };
  for (const image of ['qr.svg', 'qr.png']) {
    expect((await fetch(`${world.till.url}/v1/payments/${id}/${image}`, { headers })).status).toBe(200);
  }
  const status = await runCommand(program, [
    'status',
    '--config',
    world.paths.agentConfig,
    '--data',
    world.paths.agentData,
  ]);
  expect(status.stderr).toBe('');
  expect([0, 1]).toContain(status.code);
});

test('the same sources give the same bytes', async () => {
  const again = mkdtempSync(join(tmpdir(), 'tolem-bundle-'));
  await bundleAgent(again);
  for (const file of ['tolem-agent.cjs', 'tolem-agent.mjs']) {
    expect(readFileSync(join(again, file)).equals(readFileSync(join(folder, file)))).toBe(true);
  }
  rmSync(again, { recursive: true });
});
