import type { Context, Timer } from '@tolem/base';
import { KaspiError, type TerminalApi, type TerminalTokenStore } from '@tolem/kaspi-core';
import type { EdgeStore } from '../store/edge-store.ts';
import { unlessDiskFull } from '../store/persist.ts';
import type { TerminalConnector } from './terminal-connector.ts';
import type { TerminalRecord } from './terminal-record.ts';
import type { TerminalSetting } from './terminal-setting.ts';

/** How the terminal was last reached. `unpaired`: it answers and wants a token that we don't have. */
export interface TerminalReach {
  state: 'unknown' | 'ok' | 'unreachable' | 'unpaired' | 'wrong_terminal';
  cause: string;
  detail: string;
  sinceMs: number;
}

/** No operation has this id: the question shows nothing on the terminal's screen [pos-v2 "Safe probe"]. */
const NO_PROCESS = '0';

/** One terminal: its connection, how it was last reached, and the record of what it is doing. */
export interface TerminalDesk {
  readonly setting: TerminalSetting;
  readonly version: 'v1' | 'v2' | 'unknown';
  reach(): TerminalReach;
  record(): TerminalRecord;
  /** The client, connected where it was not; rejects with `KaspiError` of effect `none`. */
  connected(): Promise<TerminalApi>;
  /** What a call showed about the terminal. */
  note(error?: unknown): void;
  /** Looks at the terminal when nothing else does. */
  look(): Promise<void>;
  /** A person has released it: what answers at its address now is taken for it. */
  meetAnew(): Promise<void>;
  startLooking(): void;
  close(): Promise<void>;
}

export interface TerminalDeskParts {
  context: Context;
  store: EdgeStore;
  connector: TerminalConnector;
  setting: TerminalSetting;
  idleMs: number;
  onChange: () => void;
}

export function createTerminalDesk(parts: TerminalDeskParts): TerminalDesk {
  const { context, store, setting, connector } = parts;
  let api: TerminalApi | undefined;
  let connecting: Promise<TerminalApi> | undefined;
  let reach: TerminalReach = { state: 'unknown', cause: '', detail: '', sinceMs: context.clock.nowMs() };
  let timer: Timer | undefined;
  let isClosed = false;

  const tokens: TerminalTokenStore = {
    load: async () => store.tokens(setting.id),
    save: async (pair) => store.transact((writer) => writer.putTokens(setting.id, pair)),
  };
  const record = (): TerminalRecord => store.terminal(setting.id) ?? { terminalId: setting.id, amountChecked: false };
  const write = (next: TerminalRecord): void =>
    unlessDiskFull(context, 'terminal', () => store.transact((writer) => writer.putTerminal(next)));
  const serial = (): string | undefined => setting.serial ?? record().serial;
  const setReach = (state: TerminalReach['state'], cause: string, detail: string): void => {
    if (reach.state === state && reach.cause === cause) return;
    reach = { state, cause, detail: detail.slice(0, 300), sinceMs: context.clock.nowMs() };
    if (state === 'ok') context.log.info({ terminalId: setting.id }, 'terminal.ok');
    else context.log.warn({ terminalId: setting.id, state, cause }, 'terminal.not_ok');
    parts.onChange();
  };
  const note = (error?: unknown): void => {
    if (error === undefined) setReach('ok', '', '');
    else if (!(error instanceof KaspiError)) return;
    else if (error.code === 'pairing_needed') setReach('unpaired', error.code, error.message);
    else if (error.code === 'wrong_terminal') {
      // A number in the configuration is held against every connection; one that was learnt, a person must look at.
      if (setting.serial === undefined && !record().blocked) write({ ...record(), blocked: 'wrong_terminal' });
      setReach('wrong_terminal', error.code, error.message);
    } else if (isSilence(error)) setReach('unreachable', error.code, error.message);
    else setReach('ok', '', '');
  };
  const connect = async (): Promise<TerminalApi> => {
    const known = serial();
    const contact = await connector.connect(known === undefined ? setting : { ...setting, serial: known }, tokens);
    if (!contact.found) {
      setReach('unreachable', contact.cause, contact.detail);
      throw new KaspiError('connect_failed', contact.detail, { effect: 'none', ids: { terminalId: setting.id } });
    }
    api = contact.api;
    if (contact.wantsToken && store.tokens(setting.id) === undefined) {
      setReach('unpaired', 'pairing_needed', 'the terminal was never paired');
    } else setReach('ok', '', '');
    return api;
  };
  const connected = async (): Promise<TerminalApi> => {
    if (api) return api;
    connecting ??= connect().finally(() => {
      connecting = undefined;
    });
    return connecting;
  };
  const ask = async (): Promise<void> => {
    try {
      const terminal = await connected();
      await terminal.readStatus(NO_PROCESS);
      note();
    } catch (error) {
      if (!(error instanceof KaspiError)) throw error;
      note(error);
      if (isSilence(error)) await forget();
    }
  };
  /** What does not answer any more may have come back as something else (a new app, a new address): it is probed again. */
  const forget = async (): Promise<void> => {
    const old = api;
    if (!old || record().openOperation) return;
    api = undefined;
    await old.close();
  };
  /** Keeps the serial number of what answers, and connects anew so that it is checked from now on. */
  const learn = async (): Promise<void> => {
    if (api?.version !== 'v2' || serial() !== undefined || record().openOperation) return;
    try {
      const { serialNumber } = await api.readDeviceInfo();
      if (serialNumber === undefined || serial() !== undefined) return;
      write({ ...record(), serial: serialNumber });
      context.log.info({ terminalId: setting.id, serialNumber }, 'this terminal is ours from now on');
      await forget();
      await connected();
    } catch (error) {
      if (!(error instanceof KaspiError)) throw error;
      note(error);
    }
  };
  const look = async (): Promise<void> => {
    await ask();
    if (reach.state === 'ok') await learn();
  };
  const lookAgain = (): void => {
    if (isClosed) return;
    timer = context.clock.after(parts.idleMs, () => {
      const busy = record().openOperation !== undefined;
      void (busy ? Promise.resolve() : look()).then(lookAgain);
    });
  };
  return {
    setting,
    get version() {
      return api?.version ?? 'unknown';
    },
    reach: () => reach,
    record,
    connected,
    note,
    look,
    async meetAnew() {
      await forget();
      await look();
    },
    startLooking() {
      void look().then(lookAgain);
    },
    async close() {
      isClosed = true;
      timer?.cancel();
      await api?.close();
    },
  };
}

/** No answer at all, as against an answer that says something unpleasant. */
function isSilence(error: KaspiError): boolean {
  const silent = ['connect_failed', 'tls_failed', 'timeout', 'connection_lost', 'closed', 'http_error'];
  return silent.includes(error.code) || error.code === 'answer_unreadable';
}
