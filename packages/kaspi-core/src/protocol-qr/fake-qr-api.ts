import type { Clock, Money } from '@tolem/base';
import { KaspiError } from '../kaspi-error.ts';
import type { QrMethod } from './effect-table.ts';
import { createFaultInjector, type FakeFault, type FakeFaults, refusal } from './fake-faults.ts';
import {
  availableReturn,
  createFakeCustomer,
  type FakeCustomer,
  type FakePurchase,
  NOTHING_CHARGED,
  purchaseWord,
  settlePurchase,
} from './fake-purchase.ts';
import * as wire from './messages.ts';
import { normalisePhone } from './phone.ts';
import type { CreatedPurchase, CreatePurchase, DeviceToken, QrApi, QrEmulation, TradePoint } from './qr-api.ts';
import { purchaseMeaning } from './status-words.ts';

export type { FakeFault, FakeFaultKind, FakeFaults } from './fake-faults.ts';
export type { FakeCustomer, FakePurchase } from './fake-purchase.ts';

export interface FakeQrOptions {
  clock: Clock;
  /** Organisations by BIN with their trade points; by default one organisation with two. */
  organizations?: Readonly<Record<string, readonly TradePoint[]>>;
  pollIntervalMs?: number;
  scanWaitMs?: number;
  confirmWaitMs?: number;
  cancelLagMs?: number;
  /** Whether `readStatus` tells the amount, as v02 does. Default true. */
  tellsAmount?: boolean;
  /** Whether a device registered again after its deletion gets its dead token back (notes 8). Default false. */
  revivesDeadTokens?: boolean;
  /** Asked before every call, for simulations that draw faults by seed. */
  decideFault?: (method: QrMethod) => FakeFault | undefined;
}

/** A bank in memory: deterministic, on the given clock, with switches for everything that goes wrong. */
export interface FakeQrBank extends QrApi {
  readonly customer: FakeCustomer;
  readonly emulation: QrEmulation;
  readonly faults: FakeFaults;
  /** What really happened, in the order of creation; the objects are live and their switches may be set. */
  purchases(): readonly FakePurchase[];
  purchase(bankPaymentId: string): FakePurchase;
  /** A return made in the Kaspi Pay app, behind our back. */
  refundElsewhere(bankPaymentId: string, amount: Money): void;
  /** Every call that reached the bank or was meant to, in order. */
  readonly calls: ReadonlyArray<{ method: QrMethod; atMs: number; bankPaymentId?: string }>;
}

export const FAKE_BIN = '180340021791';
export const FAKE_TRADE_POINTS: readonly TradePoint[] = [
  { tradePointId: '1', name: 'Магазин 1 (Ауэзова, 65)' },
  { tradePointId: '2', name: 'Магазин 2 (Жарокова, 48)' },
];
/** Ids start beyond 2^53, where a JS number would lose digits. */
const FIRST_ID = 9_007_199_254_740_993n;

interface FakeDevice {
  organizationBin: string;
  deviceId: string;
  tradePointId: string;
  deviceToken: DeviceToken;
  active: boolean;
}

export function createFakeQrApi(options: FakeQrOptions): FakeQrBank {
  const { clock } = options;
  const times = {
    scanWaitMs: options.scanWaitMs ?? 180_000,
    confirmWaitMs: options.confirmWaitMs ?? 65_000,
    cancelLagMs: options.cancelLagMs ?? 5_000,
  };
  const organizations = options.organizations ?? { [FAKE_BIN]: FAKE_TRADE_POINTS };
  const devices: FakeDevice[] = [];
  const purchases = new Map<string, FakePurchase>();
  const calls: Array<{ method: QrMethod; atMs: number; bankPaymentId?: string }> = [];
  const injector = createFaultInjector(clock, options.decideFault);
  let nextId = FIRST_ID;
  const newId = () => String(nextId++);

  /** Validates as the real client does, by building its request, then processes under the faults. */
  const call = async <Result>(
    method: QrMethod,
    validate: () => unknown,
    process: () => Result,
    bankPaymentId?: string,
  ): Promise<Result> => {
    validate();
    calls.push({ method, atMs: clock.nowMs(), ...(bankPaymentId === undefined ? {} : { bankPaymentId }) });
    return injector.run(method, process);
  };
  const deviceOf = (method: QrMethod, deviceToken: DeviceToken, organizationBin?: string): FakeDevice => {
    const device = devices.find((one) => one.deviceToken === deviceToken);
    if (!device || (organizationBin !== undefined && device.organizationBin !== organizationBin)) {
      throw refusal(method, -1501);
    }
    if (!device.active) throw refusal(method, -1502);
    return device;
  };
  const purchaseOf = (method: QrMethod, bankPaymentId: string, code = -1601): FakePurchase => {
    const purchase = purchases.get(bankPaymentId);
    if (!purchase) throw refusal(method, code);
    settlePurchase(purchase, clock, times);
    return purchase;
  };
  const addPurchase = (
    kind: FakePurchase['kind'],
    device: FakeDevice,
    rest: Partial<FakePurchase> & { amount: Money },
  ) => {
    const purchase: FakePurchase = {
      ...rest,
      bankPaymentId: newId(),
      kind,
      organizationBin: device.organizationBin,
      tradePointId: device.tradePointId,
      createdAtMono: clock.monoMs(),
      state: 'created',
      charged: NOTHING_CHARGED,
      refunded: NOTHING_CHARGED,
      refunds: [],
    };
    purchases.set(purchase.bankPaymentId, purchase);
    return purchase;
  };
  const create = (method: QrMethod, kind: 'qr' | 'link', request: CreatePurchase): CreatedPurchase => {
    const device = deviceOf(method, request.deviceToken, request.organizationBin);
    const purchase = addPurchase(kind, device, { amount: request.amount, externalId: request.externalId });
    return {
      bankPaymentId: purchase.bankPaymentId,
      expiresAtMs: clock.nowMs() + times.scanWaitMs,
      paymentMethods: ['Gold', 'Red', 'Loan'],
      pollIntervalMs: options.pollIntervalMs ?? 5_000,
      scanWaitMs: times.scanWaitMs,
      confirmWaitMs: times.confirmWaitMs,
    };
  };
  const customer = createFakeCustomer(clock, times, (id) => purchases.get(id));
  const giveBack = (purchase: FakePurchase, amount: Money, elsewhere: boolean): string => {
    const bankRefundId = newId();
    purchase.refunded = purchase.refunded.plus(amount);
    purchase.refunds.push({ bankRefundId, amount, elsewhere });
    return bankRefundId;
  };
  const emulate = (step: (id: string) => boolean) => (id: string) =>
    call(
      'emulate',
      () => wire.checkedId(id),
      () => {
        if (!step(id)) throw refusal('emulate', -999);
      },
    );

  return {
    customer,
    faults: injector,
    calls,
    emulation: {
      scan: emulate((id) => customer.scan(id)),
      confirm: emulate((id) => customer.confirm(id)),
      scanError: emulate((id) => customer.decline(id)),
      confirmError: emulate((id) => purchases.get(id)?.state === 'scanned' && customer.decline(id)),
    },
    purchases: () => [...purchases.values()],
    purchase: (id) => purchaseOf('readStatus', id),
    refundElsewhere: (id, amount) => void giveBack(purchaseOf('refund', id), amount, true),

    listTradePoints: (bin) =>
      call(
        'listTradePoints',
        () => wire.tradePointsRequest(bin),
        () => {
          const points = organizations[bin] ?? [];
          if (points.length === 0) throw refusal('listTradePoints', -14000002);
          return points.map((point) => ({ ...point }));
        },
      ),
    registerDevice: (request) =>
      call(
        'registerDevice',
        () => wire.registerDeviceRequest(request),
        () => {
          const points = organizations[request.organizationBin] ?? [];
          if (!points.some((point) => point.tradePointId === request.tradePointId)) {
            throw refusal('registerDevice', -99000002);
          }
          const known = devices.findLast(
            (one) => one.organizationBin === request.organizationBin && one.deviceId === request.deviceId,
          );
          if (known?.active && known.tradePointId !== request.tradePointId) throw refusal('registerDevice', -1503);
          if (known && (known.active || options.revivesDeadTokens)) return known.deviceToken;
          const deviceToken = JSON.stringify(`token-${newId()}`);
          devices.push({ ...request, deviceToken, active: true });
          return deviceToken;
        },
      ),
    deleteDevice: (request) =>
      call(
        'deleteDevice',
        () => wire.deleteDeviceRequest(request),
        () => {
          const device = devices.find((one) => one.deviceToken === request.deviceToken);
          if (!device?.active || device.organizationBin !== request.organizationBin)
            throw refusal('deleteDevice', -1501);
          device.active = false;
        },
      ),
    createQr: (request) =>
      call(
        'createQr',
        () => wire.createQrRequest(request),
        () => {
          const created = create('createQr', 'qr', request);
          return { ...created, qrToken: `https://qr.kaspi.kz/${created.bankPaymentId}` };
        },
      ),
    createLink: (request) =>
      call(
        'createLink',
        () => wire.createLinkRequest(request),
        () => {
          const created = create('createLink', 'link', request);
          return { ...created, paymentLink: `https://pay.kaspi.kz/pay/${created.bankPaymentId}` };
        },
      ),
    readStatus: (id) =>
      call(
        'readStatus',
        () => wire.statusRequest(id),
        () => {
          const purchase = purchaseOf('readStatus', id);
          const word = purchaseWord(purchase);
          const tellsAmount = (options.tellsAmount ?? true) && word === 'Processed';
          return { word, meaning: purchaseMeaning(word), ...(tellsAmount ? { amount: purchase.charged } : {}) };
        },
        id,
      ),
    readDetails: (request) =>
      call(
        'readDetails',
        () => wire.detailsRequest(request),
        () => {
          deviceOf('readDetails', request.deviceToken);
          const purchase = purchaseOf('readDetails', request.bankPaymentId);
          const isPaid = purchase.state === 'processed';
          return {
            bankPaymentId: purchase.bankPaymentId,
            totalAmount: isPaid ? purchase.charged : purchase.amount,
            availableReturnAmount: availableReturn(purchase),
          };
        },
        request.bankPaymentId,
      ),
    refund: async (request) => {
      if (request.sendByMs !== undefined && clock.nowMs() > request.sendByMs) {
        throw new KaspiError('send_deadline_passed', 'too late to send', { effect: 'none' });
      }
      return call(
        'refund',
        () => wire.refundRequest(request),
        () => {
          const device = deviceOf('refund', request.deviceToken, request.organizationBin);
          const purchase = purchaseOf('refund', request.bankPaymentId, -990000001);
          const available = availableReturn(purchase);
          if (purchase.tradePointId !== device.tradePointId) throw refusal('refund', -990000003);
          if (purchase.state !== 'processed') throw refusal('refund', -990000011);
          if (request.amount.compare(available) > 0) throw refusal('refund', -990000005);
          if (purchase.partialRefundImpossible && !request.amount.equals(purchase.charged)) {
            throw refusal('refund', -990000020);
          }
          return { bankRefundId: giveBack(purchase, request.amount, false) };
        },
        request.bankPaymentId,
      );
    },
    findPayer: (request) =>
      call(
        'findPayer',
        () => wire.findPayerRequest(request),
        () => {
          deviceOf('findPayer', request.deviceToken);
          return { clientName: 'Айгерим Б.' };
        },
      ),
    createInvoice: async (request) => {
      if (request.sendByMs !== undefined && clock.nowMs() > request.sendByMs) {
        throw new KaspiError('send_deadline_passed', 'too late to send', { effect: 'none' });
      }
      return call(
        'createInvoice',
        () => wire.createInvoiceRequest(request),
        () => {
          const device = deviceOf('createInvoice', request.deviceToken, request.organizationBin);
          const { bankPaymentId } = addPurchase('invoice', device, {
            amount: request.amount,
            phone: normalisePhone(request.phone),
            ...(request.comment === undefined ? {} : { comment: request.comment }),
          });
          return { bankPaymentId };
        },
      );
    },
    cancelInvoice: (request) =>
      call(
        'cancelInvoice',
        () => wire.cancelInvoiceRequest(request),
        () => {
          deviceOf('cancelInvoice', request.deviceToken, request.organizationBin);
          const purchase = purchaseOf('cancelInvoice', request.bankPaymentId);
          if (purchase.state === 'created') purchase.state = 'cancelled';
          const word = purchaseWord(purchase);
          return { word, meaning: purchaseMeaning(word) };
        },
        request.bankPaymentId,
      ),
    ping: () =>
      call(
        'ping',
        () => undefined,
        () => undefined,
      ),
  };
}
