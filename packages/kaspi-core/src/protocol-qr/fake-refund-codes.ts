import type { Clock } from '@tolem/base';
import type { FakeDevices } from './fake-devices.ts';
import { refusal } from './fake-faults.ts';
import { FAKE_CUSTOMER, type FakePurchase } from './fake-purchase.ts';
import type {
  CreatedRefundCode,
  CreateRefundCode,
  CustomerPurchase,
  ListCustomerPurchases,
  RefundCodeStatus,
} from './qr-api.ts';
import { CUSTOMER_PURCHASES_LIMIT } from './return-messages.ts';
import { refundCodeMeaning } from './status-words.ts';

/** A refund code as the fake bank holds it [QR 3.9 §3.4]. */
export interface FakeRefundCode {
  readonly refundCodeId: string;
  readonly externalId: string;
  readonly createdAtMono: number;
  state: 'created' | 'known' | 'error';
  customer?: string;
  knownAtMono?: number;
  /** When set, the status tells this word instead of the truth. */
  shownWord?: string;
}

export interface FakeRefundCodesOptions {
  clock: Clock;
  devices: FakeDevices;
  pollIntervalMs: number;
  scanWaitMs: number;
  /** How long the bank knows the customer; then the code is an error. */
  knownForMs: number;
  newId: () => string;
  purchases: () => Iterable<FakePurchase>;
}

/** What the fake bank knows of refund codes and of the customers who have scanned them: scheme 2. */
export class FakeRefundCodes {
  readonly codes = new Map<string, FakeRefundCode>();
  readonly #options: FakeRefundCodesOptions;

  constructor(options: FakeRefundCodesOptions) {
    this.#options = options;
  }

  create(request: CreateRefundCode): CreatedRefundCode {
    const { clock, devices, pollIntervalMs, scanWaitMs, newId } = this.#options;
    devices.find('createRefundCode', request.deviceToken, request.organizationBin);
    const refundCodeId = newId();
    const { externalId } = request;
    this.codes.set(refundCodeId, { refundCodeId, externalId, createdAtMono: clock.monoMs(), state: 'created' });
    return {
      refundCodeId,
      qrToken: `https://qr.kaspi.kz/refund/${refundCodeId}`,
      expiresAtMs: clock.nowMs() + scanWaitMs,
      pollIntervalMs,
      scanWaitMs,
    };
  }

  status(refundCodeId: string): RefundCodeStatus {
    const code = this.#settled(refundCodeId);
    if (!code) throw refusal('readRefundCode', -1601);
    const word = code.shownWord ?? WORDS[code.state];
    return { word, meaning: refundCodeMeaning(word) };
  }

  list(request: ListCustomerPurchases): CustomerPurchase[] {
    this.#options.devices.find('listCustomerPurchases', request.deviceToken);
    const code = this.#settled(request.refundCodeId);
    if (code?.state !== 'known') throw refusal('listCustomerPurchases', -1601);
    return [...this.#options.purchases()]
      .filter((purchase) => purchase.state === 'processed' && purchase.customer === code.customer)
      .toReversed()
      .slice(0, request.limit ?? CUSTOMER_PURCHASES_LIMIT)
      .map(({ bankPaymentId, charged }) => ({ bankPaymentId, amount: charged }));
  }

  /** Whether the customer of this purchase is the one who has scanned the code. */
  isKnown(refundCodeId: string | undefined, purchase: FakePurchase): boolean {
    const code = this.#settled(refundCodeId ?? '');
    return code?.state === 'known' && code.customer === purchase.customer;
  }

  /** The customer scans the code within its window; tells whether that was possible. */
  scan(refundCodeId: string, options: { customer?: string; late?: boolean } = {}): boolean {
    const { clock, scanWaitMs } = this.#options;
    const code = this.#settled(refundCodeId);
    const isAlive = code?.state === 'created' && clock.monoMs() - code.createdAtMono <= scanWaitMs;
    if (code?.state !== 'created' || !(isAlive || options.late)) return false;
    code.state = 'known';
    code.customer = options.customer ?? FAKE_CUSTOMER;
    code.knownAtMono = clock.monoMs();
    return true;
  }

  #settled(refundCodeId: string): FakeRefundCode | undefined {
    const code = this.codes.get(refundCodeId);
    const { clock, knownForMs } = this.#options;
    if (code?.state === 'known' && clock.monoMs() - (code.knownAtMono ?? 0) > knownForMs) code.state = 'error';
    return code;
  }
}

const WORDS = { created: 'QrTokenCreated', known: 'CustomerIdentityObtained', error: 'Error' } as const;
