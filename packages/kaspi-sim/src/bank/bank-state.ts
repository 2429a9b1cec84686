import { type Context, Money, unreachable } from '@tolem/base';
import type { AppendLog } from '../truth/append-log.ts';
import type { TruthJournal } from '../truth/truth-journal.ts';
import { type BankMethod, type BankReply, createRefusals, type Refusal } from './bank-codes.ts';
import {
  type BankRecord,
  type BankRefund,
  bankRecordSchema,
  type Device,
  deviceKey,
  type Purchase,
  type RefundCode,
} from './bank-records.ts';
import type { BankSettings, SimTradePoint } from './bank-settings.ts';
import { nextPurchase, type PurchaseInput, statusWord } from './purchase-machine.ts';
import { createRefundCodeBook, type RefundCodeBook } from './refund-code-book.ts';

export interface BankWorld {
  settings: BankSettings;
  context: Context;
  log: AppendLog;
  truth: TruthJournal;
}

/** What goes with an input: the amount really charged, the product, who scanned or paid. */
export interface ApplyDetails {
  amount?: Money;
  method?: string;
  customer?: string;
}

/** Everything the bank knows; each change is on disk before it is answered. Time passes lazily: by `settle` before every look. */
export interface BankState extends BankWorld {
  readonly purchases: ReadonlyMap<string, Purchase>;
  readonly refundCount: number;
  refundsOf(bankPaymentId: string): readonly BankRefund[];
  refuse(method: BankMethod, refusal: Refusal): BankReply;
  tradePoint(organizationBin: string, tradePointId: string): SimTradePoint | undefined;
  device(organizationBin: string, deviceId: string): Device | undefined;
  deviceByToken(token: string): Device | undefined;
  saveDevice(device: Device): void;
  nextSequence(): number;
  savePurchase(purchase: Purchase): void;
  /** The purchase as it stands now, after the windows that have ended. */
  purchase(bankPaymentId: string): Purchase | undefined;
  /** Applies what the customer, the merchant or time did; `undefined` where it has no meaning now. */
  apply(purchase: Purchase, input: PurchaseInput, details?: ApplyDetails): Purchase | undefined;
  saveRefund(refund: BankRefund): void;
  readonly refundCodes: RefundCodeBook;
  saveRefundCode(code: RefundCode): void;
  refundCode(qrReturnId: string): RefundCode | undefined;
  word(purchase: Purchase): string;
  reset(): void;
}

export function createBankState(world: BankWorld): BankState {
  const devices = new Map<string, Device>();
  const byToken = new Map<string, Device>();
  const purchases = new Map<string, Purchase>();
  const refunds = new Map<string, BankRefund[]>();
  let refundCount = 0;
  let sequence = 0;
  const take = (record: BankRecord) => {
    if (record.type === 'device') {
      devices.set(deviceKey(record.organizationBin, record.deviceId), record);
      byToken.set(record.token, record);
    } else if (record.type === 'purchase') {
      purchases.set(record.bankPaymentId, record);
      sequence = Math.max(sequence, record.sequence);
    } else if (record.type === 'refund') {
      refunds.set(record.bankPaymentId, [...(refunds.get(record.bankPaymentId) ?? []), record]);
      refundCount += 1;
    } else if (record.type === 'refund_code') {
      refundCodes.take(record);
      sequence = Math.max(sequence, record.sequence);
    } else unreachable(record, 'record');
  };
  const save = (record: BankRecord) => {
    world.log.append(record);
    take(record);
  };
  const nowMs = () => world.context.clock.nowMs();
  const refundCodes = createRefundCodeBook({ settings: world.settings, nowMs, save });
  for (const earlier of world.log.earlier) take(bankRecordSchema.parse(earlier));
  const refuse = createRefusals();
  const state: BankState = {
    ...world,
    purchases,
    get refundCount() {
      return refundCount;
    },
    refundsOf: (bankPaymentId) => refunds.get(bankPaymentId) ?? [],
    refuse,
    tradePoint: (bin, id) =>
      world.settings.organizations.find((one) => one.bin === bin)?.tradePoints.find((point) => point.id === id),
    device: (bin, deviceId) => devices.get(deviceKey(bin, deviceId)),
    deviceByToken: (token) => byToken.get(token),
    saveDevice: save,
    nextSequence: () => ++sequence,
    savePurchase: save,
    saveRefund: save,
    refundCodes,
    saveRefundCode: save,
    refundCode: (qrReturnId) => refundCodes.read(qrReturnId),
    purchase(bankPaymentId) {
      const found = purchases.get(bankPaymentId);
      return found && settle(state, found, nowMs());
    },
    apply: (purchase, input, details = {}) => applyInput(state, purchase, input, { ...details, atMs: nowMs() }),
    word: (purchase) => purchase.shownWord ?? statusWord(purchase, world.settings.expiredWord),
    reset() {
      world.log.clear();
      for (const map of [devices, byToken, purchases, refunds]) map.clear();
      refundCodes.clear();
      refundCount = 0;
    },
  };
  return state;
}

/** Lets the windows that have ended take effect: the first of scan or confirmation, then the second. */
function settle(state: BankState, purchase: Purchase, nowMs: number): Purchase {
  if (purchase.phase === 'created' && nowMs >= purchase.scanDeadlineMs) {
    return applyInput(state, purchase, 'scan_window_ended', { atMs: purchase.scanDeadlineMs }) ?? purchase;
  }
  if (purchase.phase === 'waiting' && nowMs >= (purchase.confirmDeadlineMs ?? nowMs)) {
    return applyInput(state, purchase, 'confirmation_window_ended', { atMs: nowMs }) ?? purchase;
  }
  return purchase;
}

function applyInput(
  state: BankState,
  purchase: Purchase,
  input: PurchaseInput,
  details: ApplyDetails & { atMs: number },
): Purchase | undefined {
  const step = nextPurchase(purchase, input);
  if (!step) return undefined;
  const { shownWord: _, ...kept } = purchase;
  let changed: Purchase = {
    ...kept,
    phase: step.state.phase,
    changedAtMs: details.atMs,
    ...(details.customer === undefined ? {} : { customer: details.customer }),
  };
  for (const effect of step.effects) {
    if (effect === 'start_confirmation_window') {
      changed = { ...changed, confirmDeadlineMs: details.atMs + state.settings.confirmWaitS * 1000 };
    } else if (effect === 'charge') {
      changed = {
        ...changed,
        chargedAmount: (details.amount ?? Money.parse(purchase.amount)).toString(),
        chargedAtMs: details.atMs,
        method: details.method ?? 'Gold',
        transactionId: String(1_000_000_000 + purchase.sequence),
      };
    } else unreachable(effect, 'effect');
  }
  state.savePurchase(changed);
  if (step.effects.includes('charge')) recordCharge(state, changed);
  return changed;
}

function recordCharge(state: BankState, purchase: Purchase): void {
  state.truth.charge({
    bankPaymentId: purchase.bankPaymentId,
    ...(purchase.externalId === undefined ? {} : { externalId: purchase.externalId }),
    organizationBin: purchase.organizationBin,
    tradePointId: purchase.tradePointId,
    amount: purchase.chargedAmount ?? purchase.amount,
    at: new Date(purchase.chargedAtMs ?? purchase.changedAtMs).toISOString(),
    method: purchase.method ?? 'Gold',
    source: purchase.kind,
  });
}
