import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSilentLog, createSystemContext, Money } from '@tolem/base';
import {
  createHttpTransport,
  createPosHttp,
  createQrApi,
  createTerminalV1,
  createTerminalV2,
  type QrApi,
  type TerminalTokens,
} from '@tolem/kaspi-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ControlClient, createControlClient } from '../control-client.ts';
import { type KaspiSim, startKaspiSim } from '../start-kaspi-sim.ts';
import { readRecording } from './recording-file.ts';
import { startRecorder } from './start-recorder.ts';
import { startReplay } from './start-replay.ts';

/** The real clients between a recorder and a simulator, then against the recording alone. */
const context = createSystemContext(createSilentLog());
const organizationBin = '180340021791';
const listen = '127.0.0.1:0';
const PHONE = '87071234567';
let dataDir: string;
let file: string;
let sim: KaspiSim;
let control: ControlClient;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'kaspi-sim-recording-'));
  file = join(dataDir, 'session.jsonl');
  const terminals = [
    { id: 'front', listen, stepS: 0, serial: 'PP-1', allowPairing: true },
    { id: 'old', listen, stepS: 0, api: 'v1' as const },
  ];
  sim = await startKaspiSim({ dataDir, bank: { listen }, pages: { listen }, terminals }, context);
  control = createControlClient(sim.pagesUrl);
});
afterEach(async () => {
  await sim.stop();
  rmSync(dataDir, { recursive: true });
});

async function record(work: (addresses: Record<string, string>) => Promise<void>): Promise<void> {
  const pfx = readFileSync(join(sim.pki.dir, 'client.pfx'));
  const ca = [sim.pki.rootPem];
  const bank = { origin: new URL(sim.bankUrl).origin, pfx, passphrase: sim.pki.passphrase, ca };
  const front = {
    origin: `https://${sim.terminals.front}`,
    servername: 'terminal.kaspipos.kz',
    ca: [sim.pki.terminalAuthorityPem],
  };
  const peers = [
    { name: 'bank', tls: 'bank' as const, basePath: '/r3/v01', upstream: bank },
    { name: 'terminal:front', tls: 'terminal' as const, upstream: front },
    { name: 'terminal:old', tls: 'none' as const, upstream: { origin: `http://${sim.terminals.old}` } },
  ];
  const recorder = await startRecorder({ file, peers, listen, pki: sim.pki }, context);
  try {
    await work(recorder.addresses);
  } finally {
    await recorder.stop();
  }
}

async function replay(work: (addresses: Record<string, string>) => Promise<void>) {
  const replayed = await startReplay({ file, listen, pki: sim.pki }, context);
  try {
    await work(replayed.addresses);
  } finally {
    await replayed.stop();
  }
  return replayed.report();
}

async function withBank(address: string | undefined, work: (api: QrApi) => Promise<void>): Promise<void> {
  const http = createHttpTransport({ context, origin: `https://${address}`, tls: { ca: [sim.pki.rootPem] } });
  try {
    await work(createQrApi({ http, basePath: '/r3/v01', clock: context.clock, statusVersion: 'v01' }));
  } finally {
    await http.close();
  }
}

/** A payment, a refund and a payer looked up; `pay` is the customer, who is there only while recording. */
const bankSession = (amount: string, pay: (id: string) => Promise<unknown>) => async (api: QrApi) => {
  const deviceToken = await api.registerDevice({ organizationBin, deviceId: 'till-1', tradePointId: '1' });
  await api.findPayer({ phone: PHONE, deviceToken });
  const externalId = context.ids.uuid();
  const asked = { organizationBin, deviceToken, amount: Money.parse(amount), externalId };
  const { bankPaymentId } = await api.createQr(asked);
  expect((await api.readStatus(bankPaymentId)).meaning).toBe('awaiting_scan');
  await pay(bankPaymentId);
  expect((await api.readStatus(bankPaymentId)).meaning).toBe('succeeded');
  const refund = { organizationBin, deviceToken, bankPaymentId, amount: Money.parse('500.00') };
  await api.refund(refund);
  const details = await api.readDetails({ bankPaymentId, deviceToken });
  expect(details.availableReturnAmount.toString()).toBe('1000.00');
};

describe('a recorded session with the bank', () => {
  it('is replayed to a client that does the same again, without a difference', async () => {
    const confirm = (id: string) => control.act(id, 'confirm');
    await record(({ bank }) => withBank(bank, bankSession('1500.00', confirm)));
    expect((await control.truth()).refunds).toHaveLength(1);
    const report = await replay(({ bank }) =>
      withBank(
        bank,
        bankSession('1500.00', async () => undefined),
      ),
    );
    expect(report).toEqual({ served: 7, repeated: 0, differences: [], unserved: [] });
    expect((await control.truth()).refunds).toHaveLength(1);
  });

  it('tells what another client does otherwise', async () => {
    await record(({ bank }) =>
      withBank(
        bank,
        bankSession('1500.00', (id) => control.act(id, 'confirm')),
      ),
    );
    const report = await replay(({ bank }) =>
      withBank(bank, async (api) => {
        await bankSession('1499.99', async () => undefined)(api);
        await expect(api.listTradePoints(organizationBin)).rejects.toMatchObject({ httpStatus: 501 });
      }),
    );
    expect(report.differences).toEqual([
      { peer: 'bank', call: 'POST /r3/v01/qr/create', what: 'Amount is 1499.99, the recording has 1500' },
      {
        peer: 'bank',
        call: `GET /r3/v01/partner/tradepoints/${organizationBin}`,
        what: expect.stringContaining('not in'),
      },
    ]);
  });

  it('holds no secret, and the same mask for the same one', async () => {
    await record(({ bank }) =>
      withBank(
        bank,
        bankSession('1500.00', (id) => control.act(id, 'confirm')),
      ),
    );
    const text = readFileSync(file, 'utf8');
    const { token = '' } = sim.sim.bank.state.device(organizationBin, 'till-1') ?? {};
    expect(text).toContain('Клиент 1');
    for (const secret of [token, PHONE, '7071234567', 'Тимур', 'Сәуле', 'Айгүл', 'Ерлан', 'Дана']) {
      expect([secret, secret !== '' && !text.includes(secret)]).toEqual([secret, true]);
    }
    const { exchanges } = readRecording(file);
    const tokens = exchanges.flatMap(({ request, answer }) => [
      ...(JSON.stringify([request, answer]).match(/0{8}-0000-4000-8000-\d{12}/g) ?? []),
    ]);
    expect([tokens.length, new Set(tokens).size]).toEqual([5, 1]);
  });

  it('has the cut of a lost answer, and cuts again', async () => {
    await control.addFault({ where: 'bank', path: 'health/ping', kind: 'answer_lost' });
    const ping = async (api: QrApi) =>
      void (await expect(api.ping()).rejects.toMatchObject({ code: expect.any(String) }));
    await record(({ bank }) => withBank(bank, ping));
    expect(readRecording(file).exchanges).toMatchObject([{ answer: { cut: true } }]);
    expect(await replay(({ bank }) => withBank(bank, ping))).toMatchObject({ served: 1, differences: [] });
  });
});

it('a session with terminals of both versions is recorded and replayed', async () => {
  const session = (pay: (id: string) => Promise<unknown>) => async (addresses: Record<string, string>) => {
    const reach = (id: string, version: 'v1' | 'v2') => {
      const [host = '', port] = (addresses[`terminal:${id}`] ?? '').split(':');
      const tls = { ca: [sim.pki.terminalAuthorityPem] };
      return createPosHttp({ context, host, port: Number(port), version, tls });
    };
    let kept: TerminalTokens | undefined;
    const tokens = {
      load: async () => kept,
      save: async (next: TerminalTokens) => {
        kept = next;
      },
    };
    const front = createTerminalV2({ http: reach('front', 'v2'), tokens, context, serialNumber: 'PP-1' });
    const old = createTerminalV1({ http: reach('old', 'v1') });
    try {
      await front.pair('till-1');
      for (const [id, terminal] of [
        ['front', front],
        ['old', old],
      ] as const) {
        const { terminalProcessId } = await terminal.startPayment({ amount: Money.fromTenge(300) });
        await pay(id);
        expect((await terminal.readStatus(terminalProcessId)).kind).toBe('succeeded');
      }
    } finally {
      await Promise.all([front.close(), old.close()]);
    }
  };
  await record(session((id) => control.terminalAct(id, 'pay', { method: 'card' })));
  const text = readFileSync(file, 'utf8');
  expect(text).toContain('masked-1');
  expect(text).toContain('000000******0001');
  expect(await replay(session(async () => undefined))).toMatchObject({ differences: [], unserved: [] });
  expect((await control.truth()).charges).toHaveLength(2);
});

describe('a file that is no recording', () => {
  it('is refused with the line that is wrong, and none is written over', async () => {
    await record(async () => undefined);
    await expect(record(async () => undefined)).rejects.toThrow(/exists: name another file/);
    const other = { file: join(dataDir, 'truth.jsonl'), listen, pki: sim.pki };
    await expect(startReplay(other, context)).rejects.toThrow(/is not one, line 1/);
    await expect(startReplay({ ...other, file: join(dataDir, 'none') }, context)).rejects.toThrow(/can't be read/);
  });
});
