import { type Clock, Money } from '@tolem/base';

/** One purchase as the fake bank holds it: what is true, not what it tells. */
export interface FakePurchase {
  readonly bankPaymentId: string;
  readonly kind: 'qr' | 'link' | 'invoice';
  readonly organizationBin: string;
  readonly tradePointId: string;
  readonly amount: Money;
  readonly externalId?: string;
  readonly phone?: string;
  readonly comment?: string;
  /** Who has scanned it. */
  customer?: string;
  readonly createdAtMono: number;
  scannedAtMono?: number;
  state: 'created' | 'scanned' | 'processed' | 'error' | 'discarded' | 'cancelled' | 'expired';
  /** What was taken from the customer. */
  charged: Money;
  /** What has gone back, by us or elsewhere. */
  refunded: Money;
  readonly refunds: Array<{ bankRefundId: string; amount: Money; elsewhere: boolean }>;
  /** When set, `readStatus` tells this word instead of the truth. */
  shownWord?: string;
  /** When set, this is charged at confirmation instead of the amount asked. */
  chargeInstead?: Money;
  partialRefundImpossible?: boolean;
}

export interface FakeTimes {
  scanWaitMs: number;
  confirmWaitMs: number;
  /** How long after the confirmation window the bank turns an unconfirmed purchase into `Error`. */
  cancelLagMs: number;
  /** How long an invoice may be paid [QR 3.9 §4.6]. */
  invoiceLifeMs: number;
}

/** Who stands before every till unless a test says otherwise. */
export const FAKE_CUSTOMER = 'customer-1';

/** The customer at the fake bank; every step tells whether it was possible. */
export interface FakeCustomer {
  /** Within the scan window; `late` scans a token that should be dead by then. */
  scan(bankPaymentId: string, options?: { late?: boolean; customer?: string }): boolean;
  /** Within the confirmation window; `late` also between its end and the bank's own cancelling. */
  confirm(bankPaymentId: string, options?: { late?: boolean }): boolean;
  decline(bankPaymentId: string): boolean;
  /** An aborted scan: the token dies before its time. */
  discard(bankPaymentId: string): boolean;
}

/** The lives of purchases on the given clock. Deadlines are worked out when somebody looks, so there are no timers. */
export function createFakeCustomer(
  clock: Clock,
  times: FakeTimes,
  find: (bankPaymentId: string) => FakePurchase | undefined,
): FakeCustomer {
  const open = (bankPaymentId: string, state: FakePurchase['state']): FakePurchase | undefined => {
    const purchase = find(bankPaymentId);
    if (purchase) settlePurchase(purchase, clock, times);
    return purchase?.state === state ? purchase : undefined;
  };
  const openInvoice = (bankPaymentId: string, isLate = false): FakePurchase | undefined => {
    const purchase = open(bankPaymentId, 'created') ?? (isLate ? open(bankPaymentId, 'expired') : undefined);
    return purchase?.kind === 'invoice' ? purchase : undefined;
  };
  return {
    scan(bankPaymentId, options = {}) {
      const purchase = open(bankPaymentId, 'created');
      if (!purchase) return false;
      const isAlive = purchase.kind === 'invoice' || clock.monoMs() - purchase.createdAtMono <= times.scanWaitMs;
      if (!isAlive && !options.late) return false;
      purchase.state = 'scanned';
      purchase.customer = options.customer ?? FAKE_CUSTOMER;
      purchase.scannedAtMono = clock.monoMs();
      return true;
    },
    confirm(bankPaymentId, options = {}) {
      // An invoice has no code: it is paid where it lies.
      const purchase = open(bankPaymentId, 'scanned') ?? openInvoice(bankPaymentId, options.late);
      if (!purchase) return false;
      const waitedMs = clock.monoMs() - (purchase.scannedAtMono ?? 0);
      if (purchase.kind !== 'invoice' && waitedMs > times.confirmWaitMs && !options.late) return false;
      purchase.state = 'processed';
      purchase.charged = purchase.chargeInstead ?? purchase.amount;
      return true;
    },
    decline(bankPaymentId) {
      const purchase = open(bankPaymentId, 'scanned') ?? open(bankPaymentId, 'created');
      if (purchase) purchase.state = 'error';
      return purchase !== undefined;
    },
    discard(bankPaymentId) {
      const purchase = open(bankPaymentId, 'created');
      if (purchase) purchase.state = 'discarded';
      return purchase !== undefined;
    },
  };
}

/** Lets the bank's own deadline act: an unconfirmed purchase is cancelled, and nothing is charged [QR 3.9 §4.3]. */
export function settlePurchase(purchase: FakePurchase, clock: Clock, times: FakeTimes): void {
  const ageMs = clock.monoMs() - purchase.createdAtMono;
  if (purchase.kind === 'invoice' && purchase.state === 'created' && ageMs > times.invoiceLifeMs) {
    purchase.state = 'expired';
  }
  if (purchase.state !== 'scanned' || purchase.kind === 'invoice') return;
  const deadline = (purchase.scannedAtMono ?? 0) + times.confirmWaitMs + times.cancelLagMs;
  if (clock.monoMs() > deadline) purchase.state = 'error';
}

/** The word that the bank's status shows. */
export function purchaseWord(purchase: FakePurchase): string {
  if (purchase.shownWord !== undefined) return purchase.shownWord;
  switch (purchase.state) {
    case 'created':
      return purchase.kind === 'invoice' ? 'RemotePaymentCreated' : 'QrTokenCreated';
    case 'scanned':
      return 'Wait';
    case 'processed':
      return 'Processed';
    case 'discarded':
      return 'QrTokenDiscarded';
    case 'cancelled':
      return 'RemotePaymentCanceled';
    case 'expired':
      return 'Expired';
    case 'error':
      return 'Error';
  }
}

export function availableReturn(purchase: FakePurchase): Money {
  return purchase.charged.minus(purchase.refunded);
}

export const NOTHING_CHARGED = Money.zero;
