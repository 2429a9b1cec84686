import { Money } from '@tolem/base';
import { z } from 'zod';
import { availableReturn, DEFAULT_CUSTOMER, type Purchase, type RefundCode } from '../bank/bank-records.ts';
import type { BehaviourPatch, TradePointPatch } from '../bank/bank-settings.ts';
import type { BankState } from '../bank/bank-state.ts';
import type { PurchaseInput } from '../bank/purchase-machine.ts';
import { giveBack } from '../bank/refund-desk.ts';
import { SimError } from '../sim-error.ts';
import { type PurchaseView, viewPurchase } from './purchase-view.ts';
import { type RefundCodeView, viewRefundCode } from './refund-code-view.ts';

/** What a person, a customer or a script does to a purchase; `late-confirm` takes money although the bank had given up. */
export const PURCHASE_ACTS = ['scan', 'confirm', 'decline', 'error', 'discard', 'late-confirm'] as const;
export type PurchaseAct = (typeof PURCHASE_ACTS)[number];

export const amountSchema = z.string().regex(/^\d{1,12}(\.\d{1,2})?$/, 'tenge such as "1500.00"');
export const customerSchema = z.string().min(1).max(100);
export const actOptionsSchema = z
  .object({
    /** Charges another amount than asked. */
    amount: amountSchema.optional(),
    method: z.string().optional(),
    /** Who scans or pays; by default one and the same customer. */
    customer: customerSchema.optional(),
  })
  .strict();
export type ActOptions = z.output<typeof actOptionsSchema>;

const INPUTS: Record<PurchaseAct, PurchaseInput> = {
  scan: 'scan',
  confirm: 'confirm',
  decline: 'decline',
  error: 'fail',
  discard: 'discard',
  'late-confirm': 'late_confirm',
};

export interface PurchaseFilter {
  externalId?: string | undefined;
  /** The newest so many. */
  limit?: number | undefined;
}

export interface BankControl {
  /** Newest first. */
  listPurchases(filter?: PurchaseFilter): PurchaseView[];
  /** Throws `not_found`. */
  readPurchase(bankPaymentId: string): PurchaseView;
  /** Throws `not_found`, `not_possible`. */
  act(bankPaymentId: string, act: PurchaseAct, options?: ActOptions): PurchaseView;
  setWord(bankPaymentId: string, word: string): PurchaseView;
  /** A refund made elsewhere, as in the Kaspi Pay app. */
  refund(bankPaymentId: string, amount: string): PurchaseView;
  /** Newest first. */
  listRefundCodes(limit?: number): RefundCodeView[];
  /** Throws `not_found`. */
  readRefundCode(qrReturnId: string): RefundCodeView;
  /** The customer scans the code and is known, or the bank fails at it. Throws `not_found`, `not_possible`. */
  actOnRefundCode(qrReturnId: string, act: 'scan' | 'error', customer?: string): RefundCodeView;
  change(patch: BehaviourPatch): void;
  changeTradePoint(organizationBin: string, tradePointId: string, patch: TradePointPatch): void;
}

export function createBankControl(state: BankState): BankControl {
  const find = (id: string): Purchase => {
    const purchase = state.purchase(id);
    if (!purchase) throw new SimError('not_found', `the bank knows no purchase ${id}`);
    return purchase;
  };
  const findCode = (id: string): RefundCode => {
    const code = state.refundCode(id);
    if (!code) throw new SimError('not_found', `the bank knows no refund code ${id}`);
    return code;
  };
  return {
    listPurchases(filter = {}) {
      const all = [...state.purchases.keys()].map(find);
      const wanted = filter.externalId === undefined ? all : all.filter((one) => one.externalId === filter.externalId);
      const newest = wanted.sort((a, b) => b.sequence - a.sequence).slice(0, filter.limit);
      return newest.map((one) => viewPurchase(state, one));
    },
    readPurchase: (id) => viewPurchase(state, find(id)),
    act(id, act, { amount, method, customer } = {}) {
      const purchase = find(id);
      const details = {
        ...(amount === undefined ? {} : { amount: Money.parse(amount) }),
        ...(method === undefined ? {} : { method }),
        ...(customer === undefined ? {} : { customer }),
      };
      const changed = state.apply(purchase, INPUTS[act], details);
      if (!changed) throw new SimError('not_possible', `a purchase that is ${purchase.phase} takes no ${act}`);
      return viewPurchase(state, changed);
    },
    setWord(id, word) {
      const changed = { ...find(id), shownWord: word };
      state.savePurchase(changed);
      return viewPurchase(state, changed);
    },
    refund(id, amount) {
      const purchase = find(id);
      const wanted = Money.parse(amount);
      const available = availableReturn(purchase, state.refundsOf(id));
      if (!wanted.isPositive || wanted.compare(available) > 0) {
        throw new SimError('not_possible', `of purchase ${id} only ${available.toString()} ₸ can be returned`);
      }
      giveBack(state, purchase, wanted, 'elsewhere');
      return viewPurchase(state, purchase);
    },
    listRefundCodes: (limit) =>
      [...state.refundCodes.all.keys()]
        .map(findCode)
        .sort((a, b) => b.sequence - a.sequence)
        .slice(0, limit)
        .map((code) => viewRefundCode(state, code)),
    readRefundCode: (id) => viewRefundCode(state, findCode(id)),
    actOnRefundCode(id, act, customer = DEFAULT_CUSTOMER) {
      const code = findCode(id);
      const changed = state.refundCodes.apply(code, act === 'scan' ? 'scan' : 'fail', customer);
      if (!changed) throw new SimError('not_possible', `a refund code that is ${code.phase} takes no ${act}`);
      return viewRefundCode(state, changed);
    },
    change: (patch) => void Object.assign(state.settings, patch),
    changeTradePoint(bin, id, patch) {
      const point = state.tradePoint(bin, id);
      if (!point) throw new SimError('not_found', `organisation ${bin} has no trade point ${id}`);
      Object.assign(point, patch);
    },
  };
}
