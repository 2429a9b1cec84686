import { createIds, createSeededRandom, createSilentLog, createSystemContext, createVirtualClock } from '@tolem/base';
import {
  createPosHttp,
  createTerminalV1,
  createTerminalV2,
  probeTerminal,
  type TerminalTokenStore,
  type TerminalTokens,
} from '@tolem/kaspi-core';
import { describeTerminal, type TerminalWorld } from '@tolem/kaspi-core/compliance';
import type { TerminalFault, TerminalHands } from '@tolem/kaspi-core/fake';
import { createRootAuthority, issueCertificate, makeKeyPair, validFor } from '@tolem/pki';
import { describe, expect, it } from 'vitest';
import { createFaultPlan, type FaultPlan } from '../faults/fault-plan.ts';
import { createMemoryLog } from '../truth/append-log.ts';
import { createTruthJournal } from '../truth/truth-journal.ts';
import { listenTerminal, type TerminalTls } from './listen-terminal.ts';
import { createTerminalSim, type TerminalSim } from './terminal-sim.ts';

/** Real sockets and the real client; the simulator's clock is moved by the suite. */
const systemContext = createSystemContext(createSilentLog());
const certificates = makeCertificates();

for (const version of ['v1', 'v2'] as const) {
  describeTerminal('the client and the simulated terminal', version, () => openWorld(version));
}

describe('the probe over the network', () => {
  const probe = async (version: 'v1' | 'v2', change: (world: Awaited<ReturnType<typeof openTerminal>>) => unknown) => {
    const world = await openTerminal(version);
    await change(world);
    const reach = { https: world.reach('v2'), http: world.reach('v1') };
    try {
      return await probeTerminal(reach);
    } finally {
      await Promise.all([reach.https.close(), reach.http.close(), world.listener.stop()]);
      world.sim.stop();
    }
  };
  it('finds each version, protected or not, and says why it finds none', async () => {
    expect(await probe('v2', () => {})).toEqual({ found: 'v2', protection: 'on' });
    expect(await probe('v2', ({ sim }) => sim.setProtection(false))).toEqual({ found: 'v2', protection: 'off' });
    expect(await probe('v1', () => {})).toEqual({ found: 'v1' });
    const closed = await probe('v2', ({ sim, listener }) => {
      sim.setAppRunning(false);
      return listener.settled();
    });
    expect(closed).toMatchObject({ found: 'none', cause: 'unreachable' });
  });
  it('does not take a terminal whose certificate it cannot check', async () => {
    const world = await openTerminal('v2');
    const { authorityPem: foreign } = await makeCertificates();
    const reach = { https: world.reach('v2', [foreign]), http: world.reach('v1') };
    expect(await probeTerminal(reach)).toMatchObject({ found: 'none', cause: 'tls_failed' });
    await Promise.all([reach.https.close(), reach.http.close(), world.listener.stop()]);
  });
});

async function openTerminal(version: 'v1' | 'v2') {
  const clock = createVirtualClock();
  const random = createSeededRandom(7);
  const context = { clock, random, ids: createIds(clock, random), log: createSilentLog() };
  const truth = createTruthJournal(createMemoryLog());
  const faults = createFaultPlan();
  const settings = { id: 'front', api: version, stepS: 0, serial: 'PP-1', waitS: 180 };
  const sim = createTerminalSim({ settings, truth, faults, log: createMemoryLog(), drawQr: () => '' }, context);
  const { authorityPem, tls } = await certificates;
  const listener = await listenTerminal(sim, version === 'v2' ? tls : undefined);
  const [host = '', port = ''] = listener.address.split(':');
  const reach = (as: 'v1' | 'v2', ca = [authorityPem]) =>
    createPosHttp({ context: systemContext, host, port: Number(port), version: as, tls: { ca } });
  return { clock, context, truth, faults, sim, listener, reach };
}

async function openWorld(version: 'v1' | 'v2'): Promise<TerminalWorld> {
  const { clock, context, truth, faults, sim, listener, reach } = await openTerminal(version);
  const http = reach(version);
  const tokens = createMemoryTokenStore();
  const terminal =
    version === 'v1' ? createTerminalV1({ http }) : createTerminalV2({ http, tokens, context, serialNumber: 'PP-1' });
  if (version === 'v2') {
    sim.answerPairing(true);
    await terminal.pair('till-1');
  }
  return {
    terminal,
    hands: handsOf(sim, faults, listener.settled),
    truth: () => ({
      charges: truth.charges.map((charge) => charge.amount),
      refunds: truth.refunds.map((refund) => refund.amount),
    }),
    advance: (ms) => clock.advance(ms),
    async stop() {
      await terminal.close();
      await listener.stop();
      sim.stop();
    },
  };
}

function handsOf(sim: TerminalSim, faults: FaultPlan, settle: () => Promise<void>): TerminalHands {
  return {
    pay: ({ method, amount }) => sim.pay({ method, ...(amount ? { amount: amount.toString() } : {}) }),
    cancel: () => sim.cancel(),
    becomeUnknown: (resolvesTo) => sim.becomeUnknown(resolvesTo ?? null),
    async setAppRunning(isRunning) {
      sim.setAppRunning(isRunning);
      await settle();
    },
    async restart() {
      sim.restart();
      await settle();
    },
    unpair: () => sim.revokePairing(),
    answerPairing: (isAllowed) => sim.answerPairing(isAllowed),
    misbehave: (fault) => void faults.add(faultRule(fault)),
  };
}

function faultRule(fault: TerminalFault): Parameters<FaultPlan['add']>[0] {
  const path = fault.on === 'start' ? 'payment' : fault.on;
  const rule = { where: 'terminal:front', path, times: fault.times ?? 1 };
  if (fault.kind === 'refuse') return { ...rule, kind: 'code', statusCode: fault.peerCode };
  if (fault.kind === 'word') return { ...rule, kind: 'word', word: fault.word };
  return { ...rule, kind: fault.kind };
}

function createMemoryTokenStore(): TerminalTokenStore {
  let kept: TerminalTokens | undefined;
  return {
    load: async () => kept,
    save: async (tokens) => {
      kept = tokens;
    },
  };
}

async function makeCertificates(): Promise<{ authorityPem: string; tls: TerminalTls }> {
  const validity = validFor(systemContext.clock, 30);
  const authority = await createRootAuthority({ subject: { commonName: 'Terminals' }, validity });
  const { privateKeyPem, publicKeyPem } = await makeKeyPair('p256');
  const leaf = await issueCertificate(authority, publicKeyPem, {
    subject: { commonName: '*.kaspipos.kz' },
    validity,
    purposes: ['server'],
    names: { dns: ['*.kaspipos.kz'] },
  });
  const certificate = leaf + authority.certificatePem;
  return { authorityPem: authority.certificatePem, tls: { certificate, privateKey: privateKeyPem } };
}
