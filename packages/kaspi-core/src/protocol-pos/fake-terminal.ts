import type { Clock, Money } from '@tolem/base';
import { KaspiError, type KaspiErrorCode } from '../kaspi-error.ts';
import { effectOf, errorOfCode, type PosCall } from './codes.ts';
import { createFakeOperations, type FakeTerminalTruth } from './fake-operations.ts';
import { ANSWER_LIMIT_MS } from './pos-http.ts';
import { invalid, paymentQuery, processQuery, refundQuery } from './requests.ts';
import type { TerminalApi, TerminalApiVersion, TerminalMethod, TerminalStatus } from './terminal-api.ts';
import { ACTUALIZE_INTERVAL_MS } from './terminal-v2.ts';

/** What people do at a terminal and what happens to it; the same hands for the fake and for the simulator. */
export interface TerminalHands<Done = void | Promise<void>> {
  /** The customer pays the open operation; `amount` charges another amount than asked. A QR refund is scanned by it too. */
  pay(paying: { method: TerminalMethod; amount?: Money }): Done;
  cancel(): Done;
  /** The open operation becomes `unknown`; `actualize` resolves it to this (never, where absent). */
  becomeUnknown(resolvesTo?: 'success' | 'fail'): Done;
  setAppRunning(isRunning: boolean): Done;
  /** The app starts anew: v1 forgets its operations. */
  restart(): Done;
  /** Forgets the pairing: the next call gets 401. */
  unpair(): Done;
  /** Whether a person taps «Разрешить» when asked. */
  answerPairing(isAllowed: boolean): Done;
  misbehave(fault: TerminalFault): Done;
}

/**
 * One fault for the next `times` calls (1) of a kind: `request_lost` nothing happens and no answer comes; `answer_lost` it
 * happens and no answer comes; `hang` it happens and the answer does not come within the limit; `refuse` the code of v2 or
 * any error; `word` the status answers this word.
 */
export type TerminalFault = { on: 'start' | 'status' | 'actualize' | 'deviceinfo'; times?: number } & (
  | { kind: 'request_lost' | 'answer_lost' | 'hang' }
  | { kind: 'refuse'; peerCode: number }
  | { kind: 'word'; word: string }
);

export interface FakeTerminal extends TerminalApi, TerminalHands<void> {
  truth(): FakeTerminalTruth;
  /** The operation on the screen, as a person sees it. */
  screen(): { terminalProcessId: string; kind: 'payment' | 'refund'; amount: Money } | undefined;
  /** How many starts have reached the terminal, faults included. */
  readonly startCount: number;
}

export interface FakeTerminalOptions {
  clock: Clock;
  version?: TerminalApiVersion;
  /** How long it waits for the customer before it ends the operation itself; 180 s. */
  waitMs?: number;
  isPaired?: boolean;
  serialNumber?: string;
}

/** A terminal without a network, on the given clock; passes the same compliance suite as the real client. */
export function createFakeTerminal(options: FakeTerminalOptions): FakeTerminal {
  const { clock, version = 'v2', waitMs = 180_000, serialNumber = 'FAKE-0001' } = options;
  const operations = createFakeOperations({ clock, version, waitMs });
  const faults: TerminalFault[] = [];
  const actualizedMonoMs = new Map<string, number>();
  let isRunning = true;
  let isPaired = options.isPaired ?? true;
  let isAllowed = true;
  let startCount = 0;

  const through = async <Answer>(on: TerminalFault['on'], act: (word?: string) => Answer): Promise<Answer> => {
    const kind: PosCall = on === 'start' || on === 'actualize' ? on : 'read';
    if (!isRunning) throw failure('connect_failed', 'none', 'the Kaspi Pay app is not running');
    if (on === 'start') startCount += 1;
    if (version === 'v2' && !isPaired) throw failure('pairing_needed', 'none', 'the terminal wants to be paired');
    operations.elapse();
    const fault = takeFault(faults, on);
    if (fault?.kind === 'request_lost') throw failure('connection_lost', effectOf(kind, false), 'cut before an answer');
    if (fault?.kind === 'refuse') throw errorOfCode(kind, fault.peerCode, undefined);
    const answer = act(fault?.kind === 'word' ? fault.word : undefined);
    if (fault?.kind === 'answer_lost') throw failure('connection_lost', effectOf(kind, false), 'cut before an answer');
    if (fault?.kind === 'hang') {
      await clock.sleep(ANSWER_LIMIT_MS);
      throw failure('timeout', effectOf(kind, false), 'no answer in time');
    }
    return answer;
  };
  const refuseWhileOpen = (): void => {
    if (!operations.open()) return;
    if (version === 'v2') throw errorOfCode('start', 107, undefined);
    throw failure('terminal_refused', 'none', 'the terminal refused the call', 'Could not register transaction');
  };
  const statusOf = (terminalProcessId: string, word?: string): TerminalStatus => {
    const process = operations.find(terminalProcessId);
    if (!process) throw failure('process_not_found', 'none', 'the terminal does not know this operation');
    return word === undefined ? process.status : { kind: 'unlisted', word };
  };
  const actualizeNow = (terminalProcessId: string): TerminalStatus => {
    const before = actualizedMonoMs.get(terminalProcessId);
    const isEarly = before !== undefined && clock.monoMs() - before < ACTUALIZE_INTERVAL_MS;
    const process = operations.find(terminalProcessId);
    if (process && (isEarly || process.status.kind !== 'unknown')) throw errorOfCode('actualize', 103, undefined);
    actualizedMonoMs.set(terminalProcessId, clock.monoMs());
    if (process) operations.resolveUnknown(process);
    return statusOf(terminalProcessId);
  };
  const v2Only = async <Answer>(act: () => Promise<Answer>): Promise<Answer> => {
    if (version === 'v1') throw invalid('API v1 of the terminal does not have this call');
    return act();
  };
  return {
    version,
    async startPayment(request) {
      paymentQuery(request);
      return through('start', () => {
        refuseWhileOpen();
        return { terminalProcessId: operations.startPayment(request) };
      });
    },
    async startRefund(request) {
      refundQuery(version, request);
      return through('start', () => {
        refuseWhileOpen();
        const terminalProcessId = operations.startRefund(request);
        if (terminalProcessId !== undefined) return { terminalProcessId };
        if (version === 'v2') throw errorOfCode('start', 999, 'Invalid transactionId.');
        throw failure('terminal_refused', 'none', 'the terminal refused the call', 'Invalid transactionId.');
      });
    },
    async readStatus(terminalProcessId) {
      processQuery(terminalProcessId);
      return through('status', (word) => statusOf(terminalProcessId, word));
    },
    actualize: (terminalProcessId) => v2Only(() => through('actualize', () => actualizeNow(terminalProcessId))),
    readDeviceInfo: () =>
      v2Only(() => through('deviceinfo', () => ({ posNumber: '1', serialNumber, terminalId: '31013787' }))),
    pair: () =>
      v2Only(async () => {
        if (!isAllowed) throw errorOfCode('pair', 105, undefined);
        isPaired = true;
      }),
    close: async () => {},
    pay({ method, amount }) {
      operations.elapse();
      const process = operations.open();
      if (!process) return;
      if (process.kind === 'refund') operations.finishRefund(process);
      else operations.finishPayment(process, method, amount ?? process.amount);
    },
    cancel() {
      const process = operations.open();
      if (process) process.status = { kind: 'failed', subStatus: 'ProcessCancelled' };
    },
    becomeUnknown(resolvesTo) {
      const process = operations.open();
      if (!process) return;
      process.status = { kind: 'unknown' };
      process.resolvesTo = resolvesTo;
    },
    setAppRunning: (next) => {
      isRunning = next;
    },
    restart: () => {
      if (version === 'v1') operations.forgetAll();
    },
    unpair: () => {
      isPaired = false;
    },
    answerPairing: (next) => {
      isAllowed = next;
    },
    misbehave: (fault) => void faults.push({ ...fault }),
    truth: () => operations.truth,
    screen() {
      operations.elapse();
      const process = operations.open();
      return process && { terminalProcessId: process.terminalProcessId, kind: process.kind, amount: process.amount };
    },
    get startCount() {
      return startCount;
    },
  };
}

function takeFault(faults: TerminalFault[], on: TerminalFault['on']): TerminalFault | undefined {
  const at = faults.findIndex((fault) => fault.on === on);
  const fault = faults[at];
  if (!fault) return undefined;
  fault.times = (fault.times ?? 1) - 1;
  if (fault.times <= 0) faults.splice(at, 1);
  return fault;
}

function failure(code: KaspiErrorCode, effect: 'none' | 'possible', message: string, peerMessage?: string): KaspiError {
  return new KaspiError(code, message, { effect, ...(peerMessage === undefined ? {} : { peerMessage }) });
}
