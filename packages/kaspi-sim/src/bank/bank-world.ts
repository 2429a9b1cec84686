import { createIds, createSeededRandom, createSilentLog, createVirtualClock, type VirtualClock } from '@tolem/base';
import { type AppendLog, createMemoryLog } from '../truth/append-log.ts';
import { createTruthJournal, type TruthJournal } from '../truth/truth-journal.ts';
import { type Bank, createBank, writeReply } from './bank.ts';
import { type BankSettingsInput, bankSettingsSchema } from './bank-settings.ts';
import type { Caller } from './scheme.ts';

export const BIN = '180340021791';

/** A bank without sockets, on a virtual clock, for tests. */
export interface BankWorldForTests {
  bank: Bank;
  clock: VirtualClock;
  truth: TruthJournal;
  log: AppendLog & { readonly entries: unknown[] };
  /** Calls a method as its text travels; gives the parsed answer, `{malformed}` or `undefined`. */
  get(path: string, query?: Record<string, string>, version?: 'v01' | 'v02'): WireAnswer;
  post(path: string, body: string | Record<string, unknown>): WireAnswer;
  register(deviceId?: string, tradePointId?: number): string;
  createQr(token: string, more?: Record<string, unknown>): string;
}

export interface WireAnswer {
  StatusCode?: number;
  Message?: string;
  message?: string;
  Data?: Record<string, unknown>;
  malformed?: string;
  /** The body as text: numbers beyond 2^53 survive only there. */
  text?: string;
  isMissing?: true;
}

export function openBankForTests(
  settings: BankSettingsInput = {},
  earlier: readonly unknown[] = [],
  caller: Caller = { scheme: 3 },
): BankWorldForTests {
  const clock = createVirtualClock();
  const random = createSeededRandom(1);
  const context = { clock, random, ids: createIds(clock, random), log: createSilentLog() };
  const log = createMemoryLog(earlier);
  const truth = createTruthJournal(createMemoryLog());
  const bank = createBank({ settings: bankSettingsSchema.parse(settings), context, log, truth });
  const call = (verb: string, path: string, query: Record<string, string>, body: string, version: 'v01' | 'v02') => {
    const handled = bank.handle({ caller, verb, version, path, query, body });
    if (!handled) return { isMissing: true } as const;
    if ('malformed' in handled) return handled;
    const text = writeReply(handled);
    return { ...(JSON.parse(text) as WireAnswer), text };
  };
  const post: BankWorldForTests['post'] = (path, body) =>
    call('POST', path, {}, typeof body === 'string' ? body : JSON.stringify(body), 'v01');
  return {
    bank,
    clock,
    truth,
    log,
    get: (path, query = {}, version = 'v01') => call('GET', path, query, '', version),
    post,
    register: (deviceId = 'GFC-456397', tradePointId = 1) =>
      String(
        post('device/register', { OrganizationBin: BIN, DeviceId: deviceId, TradePointId: tradePointId }).Data
          ?.DeviceToken,
      ),
    createQr: (token, more = {}) =>
      String(post('qr/create', { OrganizationBin: BIN, DeviceToken: token, Amount: 200, ...more }).Data?.QrPaymentId),
  };
}
