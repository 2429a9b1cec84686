import { type BankReply, textOfCode } from './bank-codes.ts';
import { type BankState, type BankWorld, createBankState } from './bank-state.ts';
import { deleteDevice, type Handled, listTradePoints, type Members, registerDevice } from './device-desk.ts';
import { createInvoiceDesk } from './invoice-desk.ts';
import { createPurchase, readDetails, readStatus } from './purchase-desk.ts';
import { returnPurchase, returnWithCustomer } from './refund-desk.ts';
import { createRefundCode, listOperations, readRefundStatus } from './refund-session-desk.ts';
import { type Caller, isOffered } from './scheme.ts';
import { readInt64, readJsonObject, writeJson } from './wire-json.ts';

/** One request after TLS and authorisation, before misbehaviour. */
export interface BankRequest {
  caller: Caller;
  verb: string;
  version: 'v01' | 'v02';
  /** After the version, decoded, without a slash at either end: `payment/status/15`. */
  path: string;
  query: Members;
  body: string;
  /** What a fault shows instead of the true status word. */
  shownWord?: string;
}

/** `undefined`: no such method. */
export type BankHandler = (request: BankRequest) => Handled | undefined;

export interface Bank {
  state: BankState;
  handle: BankHandler;
  readonly polledReads: number;
}

/** The bank's side of the QR API v3.9 under every scheme, as a function from request to answer. */
export function createBank(world: BankWorld): Bank {
  const state = createBankState(world);
  const invoices = createInvoiceDesk(state);
  const status = (request: BankRequest, id: string): Handled => {
    const isInvoice = state.purchase(id)?.kind === 'invoice';
    if (isInvoice && !invoices.mayRead(id)) return state.refuse('payment/status', 'unavailable');
    return readStatus(state, id, request.version, request.shownWord);
  };
  const gets: Record<string, (query: Members) => Handled> = {
    'payment/details': (query) => readDetails(state, query),
    'remote/client-info': (query) => invoices.clientInfo(query),
    'health/ping': () => ({ code: 0, message: 'OK' }),
  };
  const posts: Record<string, (members: Members, caller: Caller) => Handled> = {
    'device/register': (members) => registerDevice(state, members),
    'device/delete': (members) => deleteDevice(state, members),
    'qr/create': (members) => createPurchase(state, 'qr', members),
    'qr/create-link': (members) => createPurchase(state, 'link', members),
    'payment/return': (members, { scheme }) =>
      scheme === 2 ? returnWithCustomer(state, members) : returnPurchase(state, members),
    'return/create': (members) => createRefundCode(state, members),
    'return/operations': (members) => listOperations(state, members),
    'remote/create': (members) => invoices.create(members),
    'remote/cancel': (members) => invoices.cancel(members),
  };
  return {
    state,
    get polledReads() {
      return invoices.polledReads;
    },
    handle(request) {
      const { verb, path, version, caller } = request;
      const [area, name, id = ''] = path.split('/');
      if (!isOffered(`${area}/${name}`, caller.scheme)) return undefined;
      if (verb === 'GET' && /^payment\/status\/\d+$/.test(path)) {
        return version === 'v01' || state.settings.v02 ? status(request, id) : undefined;
      }
      if (version !== 'v01') return undefined;
      if (verb === 'GET') return gets[path]?.(request.query) ?? readById(state, request, id);
      if (verb !== 'POST') return undefined;
      const isEmulation = state.settings.emulation && path.startsWith('test/payment/');
      const handler = isEmulation ? (members: Members) => emulate(state, id, members) : posts[path];
      if (!handler) return undefined;
      const members = readJsonObject(request.body);
      if (!members) return { malformed: '$' };
      // Under schemes 1 and 2 no method has an `OrganizationBin`: a body's own is ignored like any member too many.
      return handler(caller.scheme === 3 ? members : { ...members, OrganizationBin: caller.organizationBin }, caller);
    },
  };
}

/** Reads whose path ends in an id or, under schemes 1 and 2, names no organisation. */
function readById(state: BankState, request: BankRequest, id: string): Handled | undefined {
  const { caller, path } = request;
  const isOfOne = path === 'partner/tradepoints';
  if (caller.scheme !== 3 && isOfOne) return listTradePoints(state, caller.organizationBin);
  if (caller.scheme === 3 && /^partner\/tradepoints\/[^/]+$/.test(path)) return listTradePoints(state, id);
  if (caller.scheme === 3 || !/^return\/status\/\d+$/.test(path)) return undefined;
  return readRefundStatus(state, id, caller.organizationBin, request.shownWord);
}

const EMULATED = { scan: 'scan', confirm: 'confirm', scanerror: 'fail', confirmerror: 'fail' } as const;

/** The test stand's emulations; `confirm*` only after a scan [QR 3.9 §5.2–5.5]. Their answers spell `message` small. */
function emulate(state: BankState, what: string, members: Members): Handled | undefined {
  if (!(what in EMULATED)) return undefined;
  const input = EMULATED[what as keyof typeof EMULATED];
  if (typeof members.qrPaymentId !== 'string') return { malformed: 'qrPaymentId' };
  const purchase = state.purchase(readInt64(members.qrPaymentId) ?? '');
  const needed = what.startsWith('confirm') ? 'waiting' : 'created';
  if (purchase?.phase !== needed || !state.apply(purchase, input)) {
    return { ...state.refuse('test/payment', 'purchase_not_found'), isEmulation: true };
  }
  return { code: 0, message: 'OK', isEmulation: true };
}

/** The envelope as the examples print it: `Data` first and no `Message` in details, `message` in emulations [QR 3.9 §4.1, §4.4, §5.2]. */
export function writeReply(reply: BankReply): string {
  const { code, message, data, isEmulation } = reply;
  if (message === undefined && data !== undefined) return writeJson({ Data: data, StatusCode: code });
  return writeJson({ StatusCode: code, [isEmulation ? 'message' : 'Message']: message, Data: data });
}

/** What a fault of kind `code` answers. */
export function replyOfCode(code: number): BankReply {
  return { code, message: code === 0 ? 'OK' : textOfCode(code) };
}
