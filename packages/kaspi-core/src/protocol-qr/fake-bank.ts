import type { Clock, Money } from '@tolem/base';
import type { QrMethod } from './effect-table.ts';
import type { FakeDevice, FakeDevices } from './fake-devices.ts';
import { refusal } from './fake-faults.ts';
import {
  availableReturn,
  type FakePurchase,
  type FakeTimes,
  NOTHING_CHARGED,
  purchaseWord,
  settlePurchase,
} from './fake-purchase.ts';
import { normalisePhone } from './phone.ts';
import type {
  CancelInvoice,
  CreatedPurchase,
  CreateInvoice,
  CreatePurchase,
  DeviceToken,
  PurchaseDetails,
  PurchaseStatus,
  RefundPurchase,
} from './qr-api.ts';
import { purchaseMeaning } from './status-words.ts';

export interface FakeBankOptions {
  clock: Clock;
  times: FakeTimes;
  devices: FakeDevices;
  pollIntervalMs: number;
  tellsAmount: boolean;
  newId: () => string;
}

/** What the fake bank does once a request has reached it; every method answers at once or throws the bank's refusal. */
export class FakeBank {
  readonly purchases = new Map<string, FakePurchase>();
  readonly #options: FakeBankOptions;

  constructor(options: FakeBankOptions) {
    this.#options = options;
  }

  find(method: QrMethod, bankPaymentId: string, code = -1601): FakePurchase {
    const purchase = this.purchases.get(bankPaymentId);
    if (!purchase) throw refusal(method, code);
    settlePurchase(purchase, this.#options.clock, this.#options.times);
    return purchase;
  }

  create(kind: 'qr' | 'link', request: CreatePurchase): CreatedPurchase {
    const { clock, times, devices, pollIntervalMs } = this.#options;
    const device = devices.find(
      kind === 'qr' ? 'createQr' : 'createLink',
      request.deviceToken,
      request.organizationBin,
    );
    const { bankPaymentId } = this.#add(kind, device, { amount: request.amount, externalId: request.externalId });
    return {
      bankPaymentId,
      expiresAtMs: clock.nowMs() + times.scanWaitMs,
      paymentMethods: ['Gold', 'Red', 'Loan'],
      pollIntervalMs,
      scanWaitMs: times.scanWaitMs,
      confirmWaitMs: times.confirmWaitMs,
    };
  }

  status(bankPaymentId: string): PurchaseStatus {
    const purchase = this.find('readStatus', bankPaymentId);
    const word = purchaseWord(purchase);
    const amount = this.#options.tellsAmount && word === 'Processed' ? { amount: purchase.charged } : {};
    return { word, meaning: purchaseMeaning(word), ...amount };
  }

  details(request: { bankPaymentId: string; deviceToken: DeviceToken }): PurchaseDetails {
    const { clock, devices } = this.#options;
    devices.find('readDetails', request.deviceToken);
    const purchase = this.find('readDetails', request.bankPaymentId);
    return {
      bankPaymentId: purchase.bankPaymentId,
      totalAmount: purchase.state === 'processed' ? purchase.charged : purchase.amount,
      availableReturnAmount: availableReturn(purchase),
      transactionAtMs: clock.nowMs() - (clock.monoMs() - purchase.createdAtMono),
    };
  }

  /** `isTheirs` tells, under scheme 2, whether the customer who is known is the one of the purchase. */
  refund(request: RefundPurchase, isTheirs: (purchase: FakePurchase) => boolean): { bankRefundId: string } {
    const device = this.#options.devices.find('refund', request.deviceToken, request.organizationBin);
    const purchase = this.find('refund', request.bankPaymentId, -990000001);
    if (!isTheirs(purchase)) throw refusal('refund', -1601);
    if (purchase.tradePointId !== device.tradePointId) throw refusal('refund', -990000003);
    if (purchase.state !== 'processed') throw refusal('refund', -990000011);
    if (request.amount.compare(availableReturn(purchase)) > 0) throw refusal('refund', -990000005);
    const isPart = !request.amount.equals(purchase.charged);
    if (purchase.partialRefundImpossible && isPart) throw refusal('refund', -990000020);
    return { bankRefundId: this.giveBack(purchase, request.amount, false) };
  }

  giveBack(purchase: FakePurchase, amount: Money, elsewhere: boolean): string {
    const bankRefundId = this.#options.newId();
    purchase.refunded = purchase.refunded.plus(amount);
    purchase.refunds.push({ bankRefundId, amount, elsewhere });
    return bankRefundId;
  }

  createInvoice(request: CreateInvoice): { bankPaymentId: string } {
    const device = this.#options.devices.find('createInvoice', request.deviceToken, request.organizationBin);
    const comment = request.comment === undefined ? {} : { comment: request.comment };
    const { bankPaymentId } = this.#add('invoice', device, {
      amount: request.amount,
      phone: normalisePhone(request.phone),
      ...comment,
    });
    return { bankPaymentId };
  }

  cancelInvoice(request: CancelInvoice): PurchaseStatus {
    this.#options.devices.find('cancelInvoice', request.deviceToken, request.organizationBin);
    const purchase = this.find('cancelInvoice', request.bankPaymentId);
    if (purchase.state === 'created') purchase.state = 'cancelled';
    const word = purchaseWord(purchase);
    return { word, meaning: purchaseMeaning(word) };
  }

  #add(
    kind: FakePurchase['kind'],
    device: FakeDevice,
    about: Pick<FakePurchase, 'amount'> & Partial<Pick<FakePurchase, 'externalId' | 'phone' | 'comment'>>,
  ): FakePurchase {
    const purchase: FakePurchase = {
      ...about,
      bankPaymentId: this.#options.newId(),
      kind,
      organizationBin: device.organizationBin,
      tradePointId: device.tradePointId,
      createdAtMono: this.#options.clock.monoMs(),
      state: 'created',
      charged: NOTHING_CHARGED,
      refunded: NOTHING_CHARGED,
      refunds: [],
    };
    this.purchases.set(purchase.bankPaymentId, purchase);
    return purchase;
  }
}
