import { createIds, createSeededRandom, createSilentLog, createVirtualClock, type VirtualClock } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { createFaultPlan } from '../faults/fault-plan.ts';
import { createMemoryLog } from '../truth/append-log.ts';
import { createTruthJournal } from '../truth/truth-journal.ts';
import type { TerminalSettingsInput } from './terminal-settings.ts';
import { createTerminalSim, type TerminalSim } from './terminal-sim.ts';

const HOUR_MS = 3_600_000;

function setUp(settings: Partial<TerminalSettingsInput> = {}) {
  const clock = createVirtualClock();
  const truth = createTruthJournal(createMemoryLog());
  const log = createMemoryLog();
  const open = (earlier: readonly unknown[], on: VirtualClock = clock): TerminalSim => {
    const random = createSeededRandom(3);
    const context = { clock: on, random, ids: createIds(on, random), log: createSilentLog() };
    const options = { truth, faults: createFaultPlan(), drawQr: (text: string) => text };
    const kept = earlier.length > 0 ? createMemoryLog(earlier) : log;
    return createTerminalSim(
      { ...options, settings: { id: 'front', protection: false, ...settings }, log: kept },
      context,
    );
  };
  return { clock, truth, log, sim: open([]), reopen: () => open(log.entries) };
}

async function ask(sim: TerminalSim, path: string, accesstoken?: string) {
  const url = new URL(path, 'http://terminal');
  const headers = accesstoken === undefined ? {} : { accesstoken };
  const answer = await sim.answer({ verb: 'GET', path: url.pathname, query: url.searchParams, headers });
  return { httpStatus: answer.httpStatus, body: JSON.parse(answer.body) };
}

async function start(sim: TerminalSim, amount = 1500): Promise<string> {
  return (await ask(sim, `/v2/payment?amount=${amount}`)).body.data.processId;
}

describe('a simulated v2 terminal', () => {
  it('goes through the sub-statuses of a card payment in order', async () => {
    const { sim, clock } = setUp({ stepS: 1 });
    const id = await start(sim);
    const seen: string[] = [];
    const look = async () => seen.push((await ask(sim, `/v2/status?processId=${id}`)).body.data.subStatus);
    await look();
    await clock.advance(1000);
    await look();
    sim.pay({ method: 'card' });
    for (let step = 0; step < 3; step++) {
      await look();
      await clock.advance(1000);
    }
    expect(seen).toEqual(['Initialize', 'WaitUser', 'ProcessingCard', 'WaitForPinCode', 'CardTransactionSuccess']);
  });
  it('prints a cheque of strings, with wall-clock time in Almaty and an amount for eyes', async () => {
    const { sim } = setUp({ stepS: 0 });
    const id = await start(sim, 1_250_000);
    sim.pay({ method: 'qr' });
    const { data } = (await ask(sim, `/v2/status/?processId=${id}`)).body;
    expect(data.chequeInfo).toMatchObject({ amount: '1\u00a0250\u00a0000 ₸', date: '15.01.26 11:00:00', method: 'qr' });
    expect(Object.values(data.chequeInfo).every((value) => typeof value === 'string')).toBe(true);
  });
  it('shows how long it still waits, then fails the operation by its own clock', async () => {
    const { sim, clock } = setUp({ stepS: 0, waitS: 180 });
    const id = await start(sim);
    await clock.advance(179_000);
    expect(sim.view().process?.leftMs).toBe(1000);
    await clock.advance(2_000);
    expect((await ask(sim, `/v2/status?processId=${id}`)).body.data).toMatchObject({ status: 'fail' });
    expect(sim.view()).toMatchObject({ process: null, result: { status: 'fail', ageMs: 1000 } });
  });
  it('lets a card read at the last moment finish, though the wait is over by then', async () => {
    const { sim, clock, truth } = setUp({ stepS: 2, waitS: 180 });
    await start(sim);
    await clock.advance(179_000);
    sim.pay({ method: 'card' });
    await clock.advance(4_000);
    expect(truth.charges.length).toBe(1);
  });
  it('keeps results for 24 h, and the truth for ever', async () => {
    const { sim, clock, truth } = setUp({ stepS: 0 });
    const id = await start(sim);
    sim.pay({ method: 'qr' });
    await clock.advance(24 * HOUR_MS);
    expect((await ask(sim, `/v2/status?processId=${id}`)).body.statusCode).toBe(0);
    await clock.advance(1);
    expect((await ask(sim, `/v2/status?processId=${id}`)).body.statusCode).toBe(101);
    expect(truth.charges).toMatchObject([
      { amount: '1500.00', source: 'terminal', terminalId: 'front', processId: id },
    ]);
  });
  it('has charged already when it loses sight of a payment that resolves to success', async () => {
    const { sim, truth } = setUp({ stepS: 0 });
    const id = await start(sim);
    sim.becomeUnknown('success');
    expect((await ask(sim, `/v2/status?processId=${id}`)).body.data.status).toBe('unknown');
    expect(truth.charges.length).toBe(1);
    const actualized = await ask(sim, `/v2/actualize?processId=${id}`);
    expect(actualized.body.data).toMatchObject({ status: 'success', chequeInfo: { amount: '1\u00a0500 ₸' } });
    expect((await ask(sim, `/v2/actualize?processId=${id}`)).body.statusCode).toBe(103);
  });
  it('refuses wrong amounts with 999 and hands without an operation', async () => {
    const { sim } = setUp();
    for (const amount of ['', '0', '-5', '1.5', 'x'])
      expect((await ask(sim, `/v2/payment?amount=${amount}`)).body.statusCode).toBe(999);
    expect(() => sim.pay({ method: 'qr' })).toThrow(/no open operation/);
    expect(() => sim.cancel()).toThrow(/no open operation/);
  });
});

describe('the protection of a simulated v2 terminal', () => {
  const pairUp = async () => {
    const world = setUp({ protection: true, stepS: 0, expirationFormat: 'words' });
    const pending = ask(world.sim, '/v2/register?name=till-1');
    expect(world.sim.view().pairingRequest).toEqual({ name: 'till-1', leftMs: 180_000 });
    world.sim.answerPairing(true);
    return { ...world, pair: (await pending).body.data };
  };
  it('wants a token, and a person for it', async () => {
    const { sim, pair } = await pairUp();
    expect((await ask(sim, '/v2/status?processId=0')).httpStatus).toBe(401);
    expect((await ask(sim, '/v2/status?processId=0', pair.accessToken)).body.statusCode).toBe(101);
    expect(pair.expirationDate).toBe('Jan 16, 2026 11:00:00');
    expect((await ask(sim, '/v2/register?name=till-1')).body.statusCode).toBe(105);
    sim.revokePairing();
    expect((await ask(sim, '/v2/status?processId=0', pair.accessToken)).httpStatus).toBe(401);
  });
  it('lets a token live a day; a refresh kills the old pair at once', async () => {
    const { sim, clock, pair } = await pairUp();
    await clock.advance(24 * HOUR_MS + 1);
    expect((await ask(sim, '/v2/deviceinfo', pair.accessToken)).httpStatus).toBe(403);
    const path = `/v2/revoke?name=till-1&refreshToken=${pair.refreshToken}`;
    const { accessToken } = (await ask(sim, path)).body.data;
    expect((await ask(sim, '/v2/deviceinfo', accessToken)).httpStatus).toBe(200);
    expect((await ask(sim, '/v2/deviceinfo', pair.accessToken)).httpStatus).toBe(401);
    expect((await ask(sim, path)).body.statusCode).toBe(105);
    sim.expireTokens();
    expect((await ask(sim, '/v2/deviceinfo', accessToken)).httpStatus).toBe(403);
  });
  it('refuses a pairing that nobody answers within 180 s', async () => {
    const { sim, clock } = setUp({ protection: true });
    const pending = ask(sim, '/v2/register?name=till-1');
    await clock.advance(180_000);
    expect((await pending).body.statusCode).toBe(105);
    expect(sim.view()).toMatchObject({ pairingRequest: null, paired: [] });
  });
});

describe('a restart of the simulator', () => {
  it('leaves nothing behind that writes after the stop', async () => {
    const { sim, clock, log } = setUp({ stepS: 1 });
    await start(sim);
    sim.pay({ method: 'card' });
    sim.stop();
    const kept = log.entries.length;
    await clock.advance(HOUR_MS);
    expect(log.entries.length).toBe(kept);
  });
  it('forgets neither operations nor pairings nor the wait of an open payment', async () => {
    const { sim, clock, reopen, truth } = setUp({ protection: true, stepS: 0 });
    sim.answerPairing(true);
    const { accessToken } = (await ask(sim, '/v2/register?name=till-1')).body.data;
    const { processId } = (await ask(sim, '/v2/payment?amount=7', accessToken)).body.data;
    sim.stop();
    await clock.advance(100_000);
    const next = reopen();
    expect(next.view()).toMatchObject({ paired: ['till-1'], process: { processId, leftMs: 80_000 } });
    next.pay({ method: 'alaqan' });
    const status = await ask(next, `/v2/status?processId=${processId}`, accessToken);
    expect(status.body.data).toMatchObject({ status: 'success', method: 'alaqan' });
    expect(truth.charges.length).toBe(1);
  });
});

describe('a simulated v1 terminal [POS 1]', () => {
  it('answers with and without a slash at the end, errors with HTTP 200 at starts and 400 at statuses', async () => {
    const { sim } = setUp({ api: 'v1', stepS: 0 });
    const { processId, status } = (await ask(sim, '/payment/?amount=100&owncheque=true')).body;
    expect(status).toBe('wait');
    const second = await ask(sim, '/payment?amount=100');
    expect(second).toEqual({ httpStatus: 200, body: { message: 'Could not register transaction' } });
    expect(await ask(sim, '/status?processId=1')).toEqual({ httpStatus: 400, body: { message: 'Process not found' } });
    sim.pay({ method: 'card' });
    const paid = await ask(sim, `/status/?processId=${processId}`);
    expect(paid.body).toMatchObject({ status: 'success', chequeInfo: { pinEntered: 'true', method: 'card' } });
    expect(paid.body.subStatus).toBeUndefined();
  });
  it('cuts an open operation off and forgets all of them in a restart, while the truth stays', async () => {
    const { sim, truth } = setUp({ api: 'v1', stepS: 0 });
    const paid = (await ask(sim, '/payment?amount=100')).body.processId;
    sim.pay({ method: 'qr' });
    await ask(sim, '/payment?amount=100');
    sim.restart();
    expect((await ask(sim, `/status?processId=${paid}`)).httpStatus).toBe(400);
    expect(sim.view().process).toBeNull();
    expect(truth.charges.length).toBe(1);
  });
});
