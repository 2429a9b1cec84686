import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AgentReady, addTillToken, agentConfig, ENTRIES, layOut, writeConfig } from '../product/configurations.ts';
import { expectAgreement } from '../support/agreement.ts';
import { eventually, type Program, runCommand, startProgram } from '../support/program.ts';
import { pairTerminal } from '../support/terminal-hand.ts';
import { createTill, type Till } from '../support/till.ts';
import { startWorld, type World } from '../support/world.ts';

/** Two merchants of one chain, each with two of Kaspi's points of sale. */
const ALMA = '180340021791';
const BERKUT = '920717300020';
const ORGANIZATIONS = [
  {
    bin: ALMA,
    name: 'ТОО Алма',
    tradePoints: [
      { id: '1', name: 'Алма 1' },
      { id: '2', name: 'Алма 2' },
    ],
  },
  {
    bin: BERKUT,
    name: 'ТОО Беркут',
    tradePoints: [
      { id: '11', name: 'Беркут 1' },
      { id: '12', name: 'Беркут 2' },
    ],
  },
];
/** The first agent has tills of both merchants; `till-1` at `Алма 1` comes with the world. */
const DEVICES = [
  { agent: 'till-1', device: 'till-1', bin: ALMA, point: '1' },
  { agent: 'till-1', device: 'till-1-berkut', bin: BERKUT, point: '11' },
  { agent: 'till-2', device: 'till-2', bin: ALMA, point: '2' },
  { agent: 'till-2', device: 'till-2-berkut', bin: BERKUT, point: '12' },
];

let world: World;
let second: Program<AgentReady>;
let tills: Record<string, Till>;
beforeAll(async () => {
  world = await startWorld({
    bank: { organizations: ORGANIZATIONS },
    hubConfig: { organizations: ORGANIZATIONS.map(({ bin, name }) => ({ bin, name })) },
    terminals: [
      { id: 'front', api: 'v2' },
      { id: 'old', api: 'v1' },
      { id: 'side', api: 'v1' },
    ],
  });
  await pairTerminal(world, 'front');
  await operator('agent', 'add', '--id', 'till-2', '--out', paths().bundle, ...deviceOptions(DEVICES[2]));
  for (const one of [DEVICES[1], DEVICES[3]]) {
    await operator('agent', 'device', 'add', '--agent', one?.agent ?? '', ...deviceOptions(one));
  }
  second = await startSecondAgent();
  tills = { 'till-1': world.till, 'till-2': createTill(() => second.ready.localApi, paths().tillToken) };
  for (const [agent, till] of Object.entries(tills)) {
    await eventually(`${agent} knows its devices`, async () => (await devicesOf(till)).length === 2);
  }
});
afterAll(async () => {
  await second?.stop();
  await world?.stop();
});

const paths = () => layOut(join(world.folder, 'second'));
const operator = async (...args: string[]): Promise<string> => {
  const ran = await runCommand(ENTRIES.hub, [...args, '--config', world.paths.hubConfig]);
  if (ran.code !== 0) throw new Error(`${args.join(' ')}: ${ran.stderr}${ran.stdout}`);
  return ran.stdout;
};
const deviceOptions = (one: (typeof DEVICES)[number] | undefined): string[] =>
  one ? ['--device', one.device, '--bin', one.bin, '--trade-point', one.point] : [];

/** With one terminal of its own, and no proxies: nothing is cut here. */
async function startSecondAgent(): Promise<Program<AgentReady>> {
  const own = paths();
  const terminals = [{ id: 'side', api: 'v1' as const, address: world.simReady.terminals.side ?? '' }];
  const settings = { listen: '127.0.0.1:0', pki: world.simReady.pki, terminals, intervals: { terminalPollMs: 150 } };
  const hub = { grpc: world.wires.grpc.address, mqtt: `mqtts://${world.wires.mqtt.address}` };
  writeConfig(own.agentConfig, agentConfig({ ...settings, hub }));
  await addTillToken(own);
  return startProgram<AgentReady>({
    name: 'agent',
    entry: ENTRIES.agent,
    args: ['run', '--bundle', own.bundle, '--config', own.agentConfig, '--data', own.agentData, '--ready-json'],
    logFile: join(world.folder, 'second-agent.log'),
  });
}

const tillOf = (agent: string): Till => {
  const till = tills[agent];
  if (!till) throw new Error(`no till at ${agent}`);
  return till;
};
const devicesOf = async (till: Till) => (await till.call('/device')).body.devices as Array<{ enabled: boolean }>;
const purchaseOf = (paymentId: string) =>
  eventually('the bank has the purchase', async () => (await world.bank.purchases(paymentId))[0]);
const payAt = async (agent: string, deviceId: string | undefined, amount: string): Promise<string> => {
  const till = tillOf(agent);
  const asked = await till.pay({ method: 'qr', amount, ...(deviceId === undefined ? {} : { deviceId }) });
  const { bankPaymentId } = await purchaseOf(asked.id);
  await world.bank.act(bankPaymentId, 'scan');
  await world.bank.act(bankPaymentId, 'confirm');
  await till.waitFor(asked.id, 'paid');
  return asked.id;
};
const agree = async () => {
  for (const till of Object.values(tills)) await expectAgreement({ bank: world.bank, hub: world.hub, till });
};

test.each(DEVICES)(
  'money at $device is taken by $bin at its trade point $point, and goes back from there',
  async (one) => {
    const paymentId = await payAt(one.agent, one.device, '400.00');
    expect(await purchaseOf(paymentId)).toMatchObject({ organizationBin: one.bin, tradePointId: one.point });
    expect((await world.hub.call(`/payments/${paymentId}`)).body).toMatchObject({
      agentId: one.agent,
      deviceId: one.device,
      organizationBin: one.bin,
      tradePointId: one.point,
    });
    const till = tillOf(one.agent);
    const refund = await till.refund(paymentId, '150.00');
    await till.waitForRefund(refund.body.id, 'confirmed');
    const { bankPaymentId } = await purchaseOf(paymentId);
    const returned = (await world.bank.truth()).refunds.filter((made) => made.bankPaymentId === bankPaymentId);
    expect(returned).toMatchObject([{ amount: '150.00' }]);
    await agree();
  },
);

test('among several devices and terminals one must be named, and only one’s own', async () => {
  const till = tillOf('till-1');
  const refusalOf = async (body: Record<string, unknown>) => {
    const { status, body: answer } = await till.ask({ amount: '10.00', ...body });
    return [status, answer.code, answer.money];
  };
  expect(await refusalOf({ method: 'qr' })).toEqual([400, 'device_required', 'none']);
  expect(await refusalOf({ method: 'qr', deviceId: 'till-2' })).toEqual([400, 'device_unknown', 'none']);
  expect(await refusalOf({ method: 'terminal' })).toEqual([400, 'terminal_required', 'none']);
  expect(await refusalOf({ method: 'terminal', terminalId: 'back' })).toEqual([404, 'terminal_unknown', 'none']);
  const alone = await tillOf('till-2').pay({ method: 'terminal', amount: '11.00' });
  await world.bank.terminal('side', 'pay', { method: 'card' });
  await tillOf('till-2').waitFor(alone.id, 'paid');
});

describe('an agent', () => {
  test('sees and refunds no payment of another one', async () => {
    const paymentId = await payAt('till-2', 'till-2', '33.00');
    expect((await tillOf('till-1').call(`/payments/${paymentId}`)).status).toBe(404);
    expect((await tillOf('till-1').refund(paymentId, undefined)).status).toBe(404);
  });

  test('does what headquarters asks of it at its own terminal, while the other one does its own', async () => {
    const payments: Array<{ agent: string; id: string }> = [];
    for (const [agent, terminalId] of [
      ['till-1', 'old'],
      ['till-2', 'side'],
    ] as const) {
      const asked = await tillOf(agent).pay({ method: 'terminal', terminalId, amount: '500.00' });
      await world.bank.terminal(terminalId, 'pay', { method: 'card' });
      await tillOf(agent).waitFor(asked.id, 'paid');
      payments.push({ agent, id: asked.id });
      await eventually(
        'headquarters sees it',
        async () => (await world.hub.call(`/payments/${asked.id}`)).body.status === 'paid',
      );
    }
    const refunds = await Promise.all(payments.map(({ id }) => world.hub.refund(id, '200.00')));
    for (const [at, { agent }] of payments.entries()) {
      await tillOf(agent).waitForRefund(String(refunds[at]?.body.id), 'confirmed');
    }
    const { refunds: made } = await world.bank.truth();
    const terminalsOf = made.map((one) => (one as { terminalId?: string }).terminalId);
    expect(terminalsOf.filter((id) => id === 'old')).toHaveLength(1);
    expect(terminalsOf.filter((id) => id === 'side')).toHaveLength(1);
    await agree();
  });
});

test('a device that is switched off takes no more payments, and what it took goes back all the same', async () => {
  const before = await payAt('till-1', 'till-1-berkut', '90.00');
  expect(await operator('agent', 'device', 'list', '--agent', 'till-1')).toMatch(
    /till-1-berkut\s+enabled\s+BIN 920717300020/,
  );
  await operator('agent', 'device', 'disable', 'till-1-berkut', '--agent', 'till-1');
  const till = tillOf('till-1');
  await eventually('the agent hears of it', async () => (await devicesOf(till)).some((one) => !one.enabled));
  const refused = await till.ask({ method: 'qr', amount: '10.00', deviceId: 'till-1-berkut' });
  expect([refused.body.code, refused.body.money]).toEqual(['device_unknown', 'none']);
  expect(await purchaseOf(await payAt('till-1', undefined, '12.00'))).toMatchObject({ organizationBin: ALMA });
  const refund = await till.refund(before, undefined);
  await till.waitForRefund(refund.body.id, 'confirmed');
  await agree();
});
