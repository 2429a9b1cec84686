import type { BehaviourPatch, TradePointPatch } from './bank/bank-settings.ts';
import type { Call } from './calls/call-log.ts';
import type { ActOptions, PurchaseAct } from './control/bank-control.ts';
import type { PurchaseView } from './control/purchase-view.ts';
import type { RefundCodeView } from './control/refund-code-view.ts';
import type { FaultRuleInput, ListedFault } from './faults/fault-plan.ts';
import type { Truth } from './sim.ts';
import { SimError } from './sim-error.ts';
import type { TerminalView } from './terminal/terminal-view.ts';

/** The control API for tests and scripts. Every method rejects with `control_failed`. */
export interface ControlClient {
  truth(): Promise<Truth>;
  purchases(filter?: { externalId: string }): Promise<PurchaseView[]>;
  purchase(bankPaymentId: string): Promise<PurchaseView>;
  /** The newest purchase of our payment; rejects where there is none. */
  purchaseOf(externalId: string): Promise<PurchaseView>;
  act(bankPaymentId: string, act: PurchaseAct, options?: ActOptions): Promise<PurchaseView>;
  setWord(bankPaymentId: string, word: string): Promise<PurchaseView>;
  /** A refund made elsewhere. */
  refund(bankPaymentId: string, amount: string): Promise<PurchaseView>;
  refundCodes(): Promise<RefundCodeView[]>;
  /** The customer scans a refund code (scheme 2) and is known at the till. */
  scanRefundCode(qrReturnId: string, customer?: string): Promise<RefundCodeView>;
  addFault(rule: FaultRuleInput): Promise<string>;
  faults(): Promise<ListedFault[]>;
  removeFault(id: string): Promise<void>;
  clearFaults(): Promise<void>;
  chaos(chaos: { rate: number; seed?: number; kinds?: string[]; where?: string; path?: string }): Promise<void>;
  settings(patch: BehaviourPatch): Promise<void>;
  tradePoint(organizationBin: string, tradePointId: string, patch: TradePointPatch): Promise<void>;
  calls(): Promise<Call[]>;
  reset(): Promise<void>;
  /** A terminal's state. */
  terminal(id: string): Promise<TerminalView>;
  /** Any act at a terminal: `pay`, `cancel`, `fail`, `unknown`, `app`, `restart`, `pairing`, `expire-tokens`, `revoke-pairing`, `sub-status`. */
  terminalAct(id: string, act: string, options?: Record<string, unknown>): Promise<TerminalView>;
}

/** `pagesUrl` is `http://127.0.0.1:PORT`. */
export function createControlClient(pagesUrl: string): ControlClient {
  const call = async <Answer>(verb: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(`${pagesUrl}/control/${path}`, {
      method: verb,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text) as Answer;
    throw new SimError('control_failed', `${verb} /control/${path}: HTTP ${response.status} ${text.slice(0, 300)}`);
  };
  const purchase = (id: string) => `purchases/${id}`;
  const done = async (work: Promise<unknown>): Promise<void> => void (await work);
  const purchases: ControlClient['purchases'] = (filter) =>
    call('GET', filter ? `purchases?externalId=${encodeURIComponent(filter.externalId)}` : 'purchases');
  return {
    truth: () => call('GET', 'truth'),
    purchases,
    purchase: (id) => call('GET', purchase(id)),
    async purchaseOf(externalId) {
      const [newest] = await purchases({ externalId });
      if (!newest) throw new SimError('control_failed', `the bank knows no purchase of ${externalId}`);
      return newest;
    },
    act: (id, act, options = {}) => call('POST', `${purchase(id)}/${act}`, options),
    setWord: (id, word) => call('POST', `${purchase(id)}/set-word`, { word }),
    refund: (id, amount) => call('POST', `${purchase(id)}/refund`, { amount }),
    refundCodes: () => call('GET', 'refund-codes'),
    scanRefundCode: (id, customer) =>
      call('POST', `refund-codes/${id}/scan`, customer === undefined ? {} : { customer }),
    addFault: async (rule) => (await call<{ id: string }>('POST', 'faults', rule)).id,
    faults: () => call('GET', 'faults'),
    removeFault: (id) => done(call('DELETE', `faults/${id}`)),
    clearFaults: () => done(call('DELETE', 'faults')),
    chaos: (chaos) => done(call('POST', 'chaos', chaos)),
    settings: (patch) => done(call('POST', 'settings', patch)),
    tradePoint: (bin, id, patch) => done(call('POST', `trade-points/${bin}/${id}`, patch)),
    calls: () => call('GET', 'calls'),
    reset: () => done(call('POST', 'reset')),
    terminal: (id) => call('GET', `terminals/${id}`),
    terminalAct: (id, act, options = {}) => call('POST', `terminals/${id}/${act}`, options),
  };
}
