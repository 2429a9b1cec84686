import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIds, createSeededRandom, createSilentLog, createVirtualClock, type VirtualClock } from '@tolem/base';
import { KaspiError } from '@tolem/kaspi-core';
import { createFakeTerminal, type FakeTerminal } from '@tolem/kaspi-core/fake';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { worldJournal } from '../journal/world-journal.ts';
import type { EdgeStore } from '../store/edge-store.ts';
import { createTerminalDesk, type TerminalDesk } from './terminal-desk.ts';
import { createTerminalRack, type TerminalRack } from './terminal-rack.ts';

let folder: string;
let clock: VirtualClock;
let store: EdgeStore;
let ours: FakeTerminal;
/** What answers at the terminal's address. */
let answering: FakeTerminal;
/** The serial numbers that clients were given to check. */
let asked: Array<string | undefined>;
let desk: TerminalDesk;
let rack: TerminalRack;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tolem-desk-'));
  clock = createVirtualClock();
  ours = createFakeTerminal({ clock, serialNumber: 'OURS-1' });
  answering = ours;
  asked = [];
  open();
});
afterEach(async () => {
  await desk.close();
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(typed?: string): void {
  const random = createSeededRandom(3);
  const context = { clock, random, ids: createIds(clock, random), log: createSilentLog() };
  store = worldJournal.open(folder, context, 'boot-1');
  desk = createTerminalDesk({
    context,
    store,
    connector: {
      connect: async ({ serial }) => {
        asked.push(serial);
        const check = async () => {
          if (serial === undefined || (await answering.readDeviceInfo()).serialNumber === serial) return;
          throw new KaspiError('wrong_terminal', 'another terminal answers', { effect: 'none' });
        };
        const readStatus = async (id: string) => {
          await check();
          return answering.readStatus(id);
        };
        const pair = () => answering.pair('Tolem');
        const api = { ...ours, readStatus, pair, readDeviceInfo: () => answering.readDeviceInfo() };
        return { found: true, api, wantsToken: false };
      },
    },
    setting: { id: 'front', address: 'front:8080', api: 'auto', ...(typed === undefined ? {} : { serial: typed }) },
    idleMs: 30_000,
    onChange: () => undefined,
  });
  rack = createTerminalRack({
    store,
    desks: [desk],
    agentName: 'till-1',
    isUncertain: () => false,
    onChange: () => undefined,
  });
}

describe('the serial number of a terminal', () => {
  test('is learnt at the first contact, kept over a restart, and checked from then on', async () => {
    await desk.look();
    expect(asked).toEqual([undefined, 'OURS-1']);
    expect(desk.record().serial).toBe('OURS-1');
    await desk.close();
    store.close();
    open();
    await desk.look();
    expect(asked).toEqual([undefined, 'OURS-1', 'OURS-1']);
  });

  test('is learnt at the pairing where the terminal did not tell it before', async () => {
    ours.unpair();
    await desk.look();
    expect(desk.record().serial).toBeUndefined();
    await rack.pair('front');
    expect(desk.record().serial).toBe('OURS-1');
    expect(asked.at(-1)).toBe('OURS-1');
  });

  test('changed: blocked, also when ours is back, until a person takes what answers for ours', async () => {
    await desk.look();
    answering = createFakeTerminal({ clock, serialNumber: 'NEIGHBOUR-1' });
    await desk.look();
    expect(desk.reach().state).toBe('wrong_terminal');
    answering = ours;
    await desk.look();
    await expect(rack.choose('front')).rejects.toMatchObject({ problem: { code: 'terminal_blocked', money: 'none' } });
    expect(rack.list()[0]).toMatchObject({ state: 'blocked', reason: 'wrong_terminal' });
    answering = createFakeTerminal({ clock, serialNumber: 'REPLACED-1' });
    await rack.release('front', { by: 'Ержан', reason: 'the terminal was replaced' });
    expect(desk.record()).toMatchObject({ serial: 'REPLACED-1', releasedBy: 'Ержан' });
    expect(asked.at(-1)).toBe('REPLACED-1');
    expect(await rack.choose('front')).toBe('front');
  });

  test('released for another reason stays', async () => {
    await desk.look();
    rack.distrust('journal_lost');
    await rack.release('front', { by: 'Ержан', reason: 'looked' });
    expect(desk.record().serial).toBe('OURS-1');
  });

  test('given in the configuration wins: the wrong terminal is refused as long as it answers', async () => {
    await desk.close();
    store.close();
    open('OURS-1');
    answering = createFakeTerminal({ clock, serialNumber: 'NEIGHBOUR-1' });
    await expect(rack.choose('front')).rejects.toMatchObject({ problem: { code: 'terminal_wrong' } });
    answering = ours;
    expect(await rack.choose('front')).toBe('front');
    expect(desk.record().serial).toBeUndefined();
  });

  test('of a terminal that does not tell it is not known, and nothing stops', async () => {
    ours.misbehave({ on: 'deviceinfo', kind: 'refuse', peerCode: 999, times: 5 });
    expect(await rack.choose('front')).toBe('front');
    expect(desk.record().serial).toBeUndefined();
  });
});
