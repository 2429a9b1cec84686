import type { Clock, Money } from '@tolem/base';
import { KaspiError } from '../kaspi-error.ts';
import type { QrMethod } from './effect-table.ts';
import { FakeBank } from './fake-bank.ts';
import { createFakeDevices, type FakeDevices } from './fake-devices.ts';
import { createFaultInjector, type FakeFault, type FakeFaults, refusal } from './fake-faults.ts';
import { createFakeCustomer, type FakeCustomer, type FakePurchase } from './fake-purchase.ts';
import { type FakeRefundCode, FakeRefundCodes } from './fake-refund-codes.ts';
import * as wire from './messages.ts';
import type { QrApi, QrEmulation, TradePoint } from './qr-api.ts';
import * as refundCodeWire from './return-messages.ts';
import { assertOffered, type QrScheme, SCHEME_OFFERS, type SchemeOffer } from './scheme-offer.ts';

export type { FakeFault, FakeFaultKind, FakeFaults } from './fake-faults.ts';
export { FAKE_CUSTOMER, type FakeCustomer, type FakePurchase } from './fake-purchase.ts';
export type { FakeRefundCode } from './fake-refund-codes.ts';

export interface FakeQrOptions {
  clock: Clock;
  /** Default 3. Under 1 and 2 the credentials belong to the first organisation, whatever a call names. */
  scheme?: QrScheme;
  /** Organisations by BIN with their trade points; by default one organisation with two. */
  organizations?: Readonly<Record<string, readonly TradePoint[]>>;
  pollIntervalMs?: number;
  scanWaitMs?: number;
  confirmWaitMs?: number;
  cancelLagMs?: number;
  /** Scheme 2: how long the bank knows a customer who has scanned a refund code. Default an hour. */
  customerKnownMs?: number;
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
  /** As the options said. */
  readonly tellsAmount: boolean;
  readonly faults: FakeFaults;
  /** What really happened, in the order of creation; the objects are live and their switches may be set. */
  purchases(): readonly FakePurchase[];
  purchase(bankPaymentId: string): FakePurchase;
  /** Scheme 2: the codes as they are; the objects are live. */
  refundCodes(): readonly FakeRefundCode[];
  /** Scheme 2: a customer scans a refund code; tells whether that was possible. */
  scanRefundCode(refundCodeId: string, options?: { customer?: string; late?: boolean }): boolean;
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

export function createFakeQrApi(options: FakeQrOptions): FakeQrBank {
  const { clock } = options;
  const offer = SCHEME_OFFERS[options.scheme ?? 3];
  const times = {
    scanWaitMs: options.scanWaitMs ?? 180_000,
    confirmWaitMs: options.confirmWaitMs ?? 65_000,
    cancelLagMs: options.cancelLagMs ?? 5_000,
    invoiceLifeMs: 86_400_000,
  };
  const pollIntervalMs = options.pollIntervalMs ?? 5_000;
  const organizations = options.organizations ?? { [FAKE_BIN]: FAKE_TRADE_POINTS };
  let nextId = FIRST_ID;
  const newId = () => String(nextId++);
  const { revivesDeadTokens = false, tellsAmount = true } = options;
  const devices = createFakeDevices({ organizations, revivesDeadTokens, newId });
  const bank = new FakeBank({ clock, times, devices, pollIntervalMs, tellsAmount, newId });
  const codes = new FakeRefundCodes({
    clock,
    devices,
    pollIntervalMs,
    scanWaitMs: times.scanWaitMs,
    knownForMs: options.customerKnownMs ?? 3_600_000,
    newId,
    purchases: () => bank.purchases.values(),
  });
  const customer = createFakeCustomer(clock, times, (id) => bank.purchases.get(id));
  const injector = createFaultInjector(clock, options.decideFault);
  const door = createDoor(clock, offer, injector.run);
  const ownBin = (bin: string): string => (offer.namesOrganization ? bin : (Object.keys(organizations)[0] ?? bin));
  const world: FakeWorld = { call: door.call, bank, codes, devices, clock, offer, ownBin };
  return {
    offer,
    ...purchaseMethods(world),
    ...refundMethods(world),
    ...invoiceMethods(world),
    customer,
    tellsAmount,
    faults: injector,
    calls: door.calls,
    emulation: createEmulation(door.call, bank, customer),
    purchases: () => [...bank.purchases.values()],
    purchase: (id) => bank.find('readStatus', id),
    refundCodes: () => [...codes.codes.values()],
    scanRefundCode: (id, how) => codes.scan(id, how),
    refundElsewhere: (id, amount) => void bank.giveBack(bank.find('refund', id), amount, true),
  };
}

interface FakeWorld {
  call: Call;
  bank: FakeBank;
  codes: FakeRefundCodes;
  devices: FakeDevices;
  clock: Clock;
  offer: SchemeOffer;
  /** The organisation that a call reaches. */
  ownBin: (organizationBin: string) => string;
}

type Call = <Result>(
  method: QrMethod,
  validate: () => unknown,
  process: () => Result,
  bankPaymentId?: string,
) => Promise<Result>;

/** Validates as the real client does, by building its request, notes the call, then processes it under the faults. */
function createDoor(
  clock: Clock,
  offer: SchemeOffer,
  run: <Result>(method: QrMethod, process: () => Result) => Promise<Result>,
) {
  const calls: Array<{ method: QrMethod; atMs: number; bankPaymentId?: string }> = [];
  const call: Call = async (method, validate, process, bankPaymentId) => {
    assertOffered(offer, method);
    validate();
    calls.push({ method, atMs: clock.nowMs(), ...(bankPaymentId === undefined ? {} : { bankPaymentId }) });
    return run(method, process);
  };
  return { calls, call };
}

function inTime(clock: Clock, sendByMs: number | undefined): void {
  if (sendByMs === undefined || clock.nowMs() <= sendByMs) return;
  throw new KaspiError('send_deadline_passed', 'too late to send', { effect: 'none' });
}

type PurchaseMethods = Omit<QrApi, 'offer' | keyof RefundMethods | keyof InvoiceMethods>;

function purchaseMethods({ call, bank, devices, ownBin }: FakeWorld): PurchaseMethods {
  const owned = <Request extends { organizationBin: string }>(request: Request): Request => ({
    ...request,
    organizationBin: ownBin(request.organizationBin),
  });
  return {
    listTradePoints: (bin) =>
      call(
        'listTradePoints',
        () => wire.tradePointsRequest(bin),
        () => devices.tradePoints(ownBin(bin)),
      ),
    registerDevice: (request) =>
      call(
        'registerDevice',
        () => wire.registerDeviceRequest(request),
        () => devices.register(owned(request)),
      ),
    deleteDevice: (request) =>
      call(
        'deleteDevice',
        () => wire.deleteDeviceRequest(request),
        () => devices.remove(owned(request)),
      ),
    async createQr(request) {
      const process = () => bank.create('qr', owned(request));
      const created = await call('createQr', () => wire.createQrRequest(request), process);
      return { ...created, qrToken: `https://qr.kaspi.kz/${created.bankPaymentId}` };
    },
    async createLink(request) {
      const process = () => bank.create('link', owned(request));
      const created = await call('createLink', () => wire.createLinkRequest(request), process);
      return { ...created, paymentLink: `https://pay.kaspi.kz/pay/${created.bankPaymentId}` };
    },
    readStatus: (id) =>
      call(
        'readStatus',
        () => wire.statusRequest(id),
        () => bank.status(id),
        id,
      ),
    readDetails: (request) =>
      call(
        'readDetails',
        () => wire.detailsRequest(request),
        () => bank.details(request),
        request.bankPaymentId,
      ),
    ping: () => call('ping', wire.pingRequest, () => undefined),
  };
}

type RefundMethods = Pick<QrApi, 'refund' | 'createRefundCode' | 'readRefundCode' | 'listCustomerPurchases'>;

function refundMethods({ call, bank, codes, clock, offer, ownBin }: FakeWorld): RefundMethods {
  const isWithCustomer = offer.refunds === 'with_customer';
  return {
    async refund(request) {
      inTime(clock, request.sendByMs);
      const process = () =>
        bank.refund({ ...request, organizationBin: ownBin(request.organizationBin) }, (purchase) =>
          isWithCustomer ? codes.isKnown(request.refundCodeId, purchase) : true,
        );
      const validate = () =>
        isWithCustomer ? refundCodeWire.refundWithCustomerRequest(request) : wire.refundRequest(request);
      return call('refund', validate, process, request.bankPaymentId);
    },
    createRefundCode: (request) =>
      call(
        'createRefundCode',
        () => refundCodeWire.createRefundCodeRequest(request),
        () => codes.create({ ...request, organizationBin: ownBin(request.organizationBin) }),
      ),
    readRefundCode: (id) =>
      call(
        'readRefundCode',
        () => refundCodeWire.refundCodeRequest(id),
        () => codes.status(id),
      ),
    listCustomerPurchases: (request) =>
      call(
        'listCustomerPurchases',
        () => refundCodeWire.customerPurchasesRequest(request),
        () => codes.list(request),
      ),
  };
}

type InvoiceMethods = Pick<QrApi, 'findPayer' | 'createInvoice' | 'cancelInvoice'>;

function invoiceMethods({ call, bank, devices, clock }: FakeWorld): InvoiceMethods {
  return {
    findPayer: (request) =>
      call(
        'findPayer',
        () => wire.findPayerRequest(request),
        () => {
          devices.find('findPayer', request.deviceToken);
          // A number that nobody has, with one of the codes that the bank does not explain.
          if (request.phone.endsWith('0404')) throw refusal('findPayer', -1404);
          return { clientName: 'Айгерим Б.' };
        },
      ),
    async createInvoice(request) {
      inTime(clock, request.sendByMs);
      const process = () => bank.createInvoice(request);
      return call('createInvoice', () => wire.createInvoiceRequest(request), process);
    },
    cancelInvoice: (request) =>
      call(
        'cancelInvoice',
        () => wire.cancelInvoiceRequest(request),
        () => bank.cancelInvoice(request),
        request.bankPaymentId,
      ),
  };
}

function createEmulation(call: Call, bank: FakeBank, customer: FakeCustomer): QrEmulation {
  const emulate = (step: (id: string) => boolean) => (id: string) =>
    call(
      'emulate',
      () => wire.checkedId(id),
      () => {
        if (!step(id)) throw refusal('emulate', -999);
      },
    );
  return {
    scan: emulate((id) => customer.scan(id)),
    confirm: emulate((id) => customer.confirm(id)),
    scanError: emulate((id) => customer.decline(id)),
    confirmError: emulate((id) => bank.purchases.get(id)?.state === 'scanned' && customer.decline(id)),
  };
}
