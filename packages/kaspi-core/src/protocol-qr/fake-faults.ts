import type { Clock } from '@tolem/base';
import { KaspiError } from '../kaspi-error.ts';
import { qrCode } from './codes.ts';
import { effectOfCode, type QrMethod, withEffectOf } from './effect-table.ts';

/**
 * How a call to the fake bank goes wrong:
 * `connect_failed` nothing was sent · `request_lost` sent and never processed · `answer_lost` processed, the answer lost ·
 * `unavailable` −999, not processed · `unavailable_after` −999, yet processed · `unauthenticated` −10000, not processed ·
 * `unlisted_code` −1404, not processed · `unlisted_code_after` −1404, yet processed · `garbage` processed, unreadable answer ·
 * `slow` processed at once, answered after `ms` · `stalled` processed only after `ms`, then answered.
 */
export type FakeFault =
  | { kind: 'connect_failed' | 'request_lost' | 'answer_lost' | 'garbage' }
  | { kind: 'unavailable' | 'unavailable_after' | 'unauthenticated' | 'unlisted_code' | 'unlisted_code_after' }
  | { kind: 'slow' | 'stalled'; ms: number };
export type FakeFaultKind = Exclude<FakeFault['kind'], 'slow' | 'stalled'>;

export interface FakeFaults {
  /** The next `times` (1) calls of a method go wrong this way. */
  next(method: QrMethod, fault: FakeFault | FakeFaultKind, times?: number): void;
  /** Every call of a method (or of all) goes wrong this way until cleared. */
  always(method: QrMethod | '*', fault: FakeFault | FakeFaultKind): void;
  clear(): void;
}

export interface FaultInjector extends FakeFaults {
  /** Runs `process` as the fault of this call, if any, allows. */
  run<Result>(method: QrMethod, process: () => Result): Promise<Result>;
}

export function createFaultInjector(
  clock: Clock,
  decide: (method: QrMethod) => FakeFault | undefined = () => undefined,
): FaultInjector {
  const queued = new Map<QrMethod, FakeFault[]>();
  const standing = new Map<QrMethod | '*', FakeFault>();
  const asFault = (fault: FakeFault | FakeFaultKind): FakeFault =>
    typeof fault === 'string' ? { kind: fault } : fault;
  const choose = (method: QrMethod): FakeFault | undefined =>
    queued.get(method)?.shift() ?? standing.get(method) ?? standing.get('*') ?? decide(method);
  return {
    next(method, fault, times = 1) {
      const list = queued.get(method) ?? [];
      for (let count = 0; count < times; count++) list.push(asFault(fault));
      queued.set(method, list);
    },
    always: (method, fault) => void standing.set(method, asFault(fault)),
    clear() {
      queued.clear();
      standing.clear();
    },
    async run(method, process) {
      const fault = choose(method);
      try {
        return fault ? await runWith(fault, method, process, clock) : process();
      } catch (error) {
        throw withEffectOf(method, error);
      }
    },
  };
}

async function runWith<Result>(
  fault: FakeFault,
  method: QrMethod,
  process: () => Result,
  clock: Clock,
): Promise<Result> {
  switch (fault.kind) {
    case 'connect_failed':
      throw new KaspiError('connect_failed', 'the fake bank is not reachable', { effect: 'none' });
    case 'request_lost':
      throw new KaspiError('timeout', 'the fake bank lost the request', { effect: 'possible' });
    case 'answer_lost':
      process();
      throw new KaspiError('timeout', 'the fake bank lost its answer', { effect: 'possible' });
    case 'garbage':
      process();
      throw new KaspiError('answer_unreadable', 'the fake bank answered nonsense', { effect: 'possible' });
    case 'unavailable':
      throw refusal(method, -999);
    case 'unavailable_after':
      process();
      throw refusal(method, -999);
    case 'unauthenticated':
      throw refusal(method, -10000);
    case 'unlisted_code':
      throw refusal(method, -1404);
    case 'unlisted_code_after':
      process();
      throw refusal(method, -1404);
    case 'slow': {
      const result = process();
      await clock.sleep(fault.ms);
      return result;
    }
    case 'stalled':
      await clock.sleep(fault.ms);
      return process();
  }
}

/** The error that `createQrApi` makes of this StatusCode. */
export function refusal(method: QrMethod, statusCode: number): KaspiError {
  const code = qrCode(statusCode);
  return new KaspiError(code.name, `the bank answered ${statusCode}: ${code.text}`, {
    effect: effectOfCode(method, code, 200),
    peerCode: statusCode,
    httpStatus: 200,
  });
}
