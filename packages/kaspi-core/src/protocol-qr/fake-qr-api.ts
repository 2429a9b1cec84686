import type { Clock, Money } from '@tolem/base';
import { KaspiError } from '../kaspi-error.ts';
import type { QrMethod } from './effect-table.ts';
import { FakeBank } from './fake-bank.ts';
import { createFakeDevices } from './fake-devices.ts';
import { createFaultInjector, type FakeFault, type FakeFaults, refusal } from './fake-faults.ts';
import { createFakeCustomer, type FakeCustomer, type FakePurchase } from './fake-purchase.ts';
import * as wire from './messages.ts';
import type { QrApi, QrEmulation, TradePoint } from './qr-api.ts';

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

export function createFakeQrApi(options: FakeQrOptions): FakeQrBank {
  const { clock } = options;
  const times = {
    scanWaitMs: options.scanWaitMs ?? 180_000,
    confirmWaitMs: options.confirmWaitMs ?? 65_000,
    cancelLagMs: options.cancelLagMs ?? 5_000,
  };
  let nextId = FIRST_ID;
  const newId = () => String(nextId++);
  const devices = createFakeDevices({
    organizations: options.organizations ?? { [FAKE_BIN]: FAKE_TRADE_POINTS },
    revivesDeadTokens: options.revivesDeadTokens ?? false,
    newId,
  });
  const bank = new FakeBank({
    clock,
    times,
    devices,
    pollIntervalMs: options.pollIntervalMs ?? 5_000,
    tellsAmount: options.tellsAmount ?? true,
    newId,
  });
  const customer = createFakeCustomer(clock, times, (id) => bank.purchases.get(id));
  const injector = createFaultInjector(clock, options.decideFault);
  const door = createDoor(clock, injector.run);
  return {
    ...createMethods(door.call, bank, devices, clock),
    customer,
    faults: injector,
    calls: door.calls,
    emulation: createEmulation(door.call, bank, customer),
    purchases: () => [...bank.purchases.values()],
    purchase: (id) => bank.find('readStatus', id),
    refundElsewhere: (id, amount) => void bank.giveBack(bank.find('refund', id), amount, true),
  };
}

type Call = <Result>(
  method: QrMethod,
  validate: () => unknown,
  process: () => Result,
  bankPaymentId?: string,
) => Promise<Result>;

/** Validates as the real client does, by building its request, notes the call, then processes it under the faults. */
function createDoor(clock: Clock, run: <Result>(method: QrMethod, process: () => Result) => Promise<Result>) {
  const calls: Array<{ method: QrMethod; atMs: number; bankPaymentId?: string }> = [];
  const call: Call = async (method, validate, process, bankPaymentId) => {
    validate();
    calls.push({ method, atMs: clock.nowMs(), ...(bankPaymentId === undefined ? {} : { bankPaymentId }) });
    return run(method, process);
  };
  return { calls, call };
}

function createMethods(call: Call, bank: FakeBank, devices: ReturnType<typeof createFakeDevices>, clock: Clock): QrApi {
  const inTime = (sendByMs: number | undefined): void => {
    if (sendByMs === undefined || clock.nowMs() <= sendByMs) return;
    throw new KaspiError('send_deadline_passed', 'too late to send', { effect: 'none' });
  };
  return {
    listTradePoints: (bin) =>
      call(
        'listTradePoints',
        () => wire.tradePointsRequest(bin),
        () => devices.tradePoints(bin),
      ),
    registerDevice: (request) =>
      call(
        'registerDevice',
        () => wire.registerDeviceRequest(request),
        () => devices.register(request),
      ),
    deleteDevice: (request) =>
      call(
        'deleteDevice',
        () => wire.deleteDeviceRequest(request),
        () => devices.remove(request),
      ),
    async createQr(request) {
      const process = () => bank.create('qr', request);
      const created = await call('createQr', () => wire.createQrRequest(request), process);
      return { ...created, qrToken: `https://qr.kaspi.kz/${created.bankPaymentId}` };
    },
    async createLink(request) {
      const process = () => bank.create('link', request);
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
    async refund(request) {
      inTime(request.sendByMs);
      const process = () => bank.refund(request);
      return call('refund', () => wire.refundRequest(request), process, request.bankPaymentId);
    },
    findPayer: (request) =>
      call(
        'findPayer',
        () => wire.findPayerRequest(request),
        () => {
          devices.find('findPayer', request.deviceToken);
          return { clientName: 'Айгерим Б.' };
        },
      ),
    async createInvoice(request) {
      inTime(request.sendByMs);
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
    ping: () => call('ping', wire.pingRequest, () => undefined),
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
