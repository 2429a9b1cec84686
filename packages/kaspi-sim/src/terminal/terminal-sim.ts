import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from '@tolem/base';
import { type Answer, answerWithFault, type Outcome } from '../faults/answer-with-fault.ts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import type { AppendLog } from '../truth/append-log.ts';
import type { TruthJournal } from '../truth/truth-journal.ts';
import type { TerminalCall } from './api-call.ts';
import { createApiV1 } from './api-v1.ts';
import { createApiV2 } from './api-v2.ts';
import { createOperations, type Operations } from './operations.ts';
import { createPairingDesk } from './pairing-desk.ts';
import { createProcessBook } from './process-book.ts';
import { type PairedName, type TerminalProcess, terminalEntrySchema } from './terminal-process.ts';
import { type TerminalSettings, type TerminalSettingsInput, terminalSettingsSchema } from './terminal-settings.ts';
import { type DrawQr, type TerminalView, viewTerminal } from './terminal-view.ts';

/**
 * A simulated Kaspi smart POS: its API (v1 or v2), and the hands of the people in front of it as methods, one for each action of
 * the control API. Hands throw `SimError` `not_possible` where there is nothing to act on.
 */
export interface TerminalSim extends Pick<Operations, 'pay' | 'cancel' | 'fail' | 'becomeUnknown' | 'setSubStatus'> {
  readonly settings: TerminalSettings;
  view(): TerminalView;
  /** The Kaspi Pay app in front or not; without it nothing listens (`listenTerminal` follows). */
  setAppRunning(isRunning: boolean): void;
  isAppRunning(): boolean;
  /** The app starts anew: every connection is cut, an open operation fails, v1 forgets its processes. */
  restart(): void;
  answerPairing(isAllowed: boolean): void;
  expireTokens(): void;
  /** «Панель администратора» → «Запретить»: every name is forgotten. */
  revokePairing(): void;
  /** «Защита интеграции». */
  setProtection(isOn: boolean): void;
  /** The answer alone, without faults. */
  answer(call: TerminalCall): Promise<Answer>;
  /** One request with its fault, for a listener of `node:http` or `node:https`. Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Whether a fault resets this new connection before its TLS handshake. */
  takesReset(): boolean;
  /** Called when connections must be cut: `false` also stops listening. */
  onCut(listener: (isListening: boolean) => void): void;
  /** Forgets everything, its log included. */
  reset(): void;
  stop(): void;
}

export interface TerminalSimOptions {
  settings: TerminalSettingsInput;
  truth: TruthJournal;
  faults: FaultPlan;
  /** Where operations and pairings survive a restart of the simulator. */
  log: AppendLog;
  drawQr: DrawQr;
  /** Told at a call's arrival; what it returns is told how the call ended. */
  onCall?: (call: TerminalCallRecord) => (outcome: Outcome) => void;
}

export interface TerminalCallRecord {
  /** `terminal:<id>`. */
  where: string;
  method: string;
  path: string;
}

export function createTerminalSim(options: TerminalSimOptions, context: Context): TerminalSim {
  const { log, truth } = options;
  const settings = terminalSettingsSchema.parse(options.settings);
  const earlier = readEarlier(log);
  const book = createProcessBook({
    settings,
    context,
    earlier: earlier.processes,
    keep: (process) => log.append({ process }),
  });
  const desk = createPairingDesk({
    settings,
    context,
    earlier: earlier.paired,
    keep: (pairing) => log.append({ pairing }),
  });
  const operations = createOperations({ settings, context, truth, book });
  const wire =
    settings.api === 'v1'
      ? createApiV1({ settings, operations, book })
      : createApiV2({ settings, context, operations, book, desk });
  const cutListeners: Array<(isListening: boolean) => void> = [];
  let isRunning = true;
  const cut = () => {
    for (const listener of cutListeners) listener(isRunning);
  };
  return {
    ...operations,
    settings,
    view: () => viewTerminal({ settings, book, desk, isRunning, nowMs: context.clock.nowMs(), drawQr: options.drawQr }),
    setAppRunning(next) {
      if (next === isRunning) return;
      isRunning = next;
      cut();
    },
    isAppRunning: () => isRunning,
    restart() {
      operations.restart();
      cut();
    },
    answerPairing: desk.answer,
    expireTokens: desk.expireTokens,
    revokePairing: desk.revokeAll,
    setProtection: desk.setProtection,
    answer: (call) => wire.answer(call),
    async handle(request, response) {
      const url = new URL(request.url ?? '/', 'http://terminal');
      const verb = request.method ?? 'GET';
      const call = { verb, path: url.pathname, query: url.searchParams, headers: request.headers };
      const where = `terminal:${settings.id}`;
      const fault = options.faults.take({ where, path: url.pathname.replace(/^\/(v2\/)?|\/$/g, '') });
      const word = fault?.kind === 'word' ? { word: fault.word } : {};
      const finish = options.onCall?.({ where, method: verb, path: url.pathname });
      const outcome = await answerWithFault(fault, {
        response,
        clock: context.clock,
        process: () => wire.answer({ ...call, ...word }),
        refuse: wire.refuse,
      });
      finish?.(outcome);
    },
    takesReset: () => options.faults.takeConnection(`terminal:${settings.id}`),
    onCut: (listener) => void cutListeners.push(listener),
    reset() {
      book.clear();
      desk.stop();
      desk.revokeAll();
      log.clear();
      if (!isRunning) {
        isRunning = true;
        cut();
      }
    },
    stop() {
      book.stop();
      desk.stop();
      log.close();
    },
  };
}

function readEarlier(log: AppendLog): { processes: TerminalProcess[]; paired: PairedName[] } {
  const processes = new Map<string, TerminalProcess>();
  let paired: PairedName[] = [];
  for (const entry of log.earlier.map((line) => terminalEntrySchema.parse(line))) {
    if ('process' in entry) processes.set(entry.process.processId, entry.process);
    else paired = entry.pairing;
  }
  return { processes: [...processes.values()], paired };
}
