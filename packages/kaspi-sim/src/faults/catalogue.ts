import { z } from 'zod';
import { FAULT_KIND_TABLE, FAULT_KINDS, type FaultKind } from './fault-kinds.ts';

const exampleSchema = z.object({
  method: z.literal('POST'),
  path: z.string().describe('Of the control API; `{…}` stands for an id of yours'),
  body: z.record(z.string(), z.unknown()).optional(),
});

export const catalogueEntrySchema = z.object({
  name: z.string(),
  by: z.enum(['fault', 'act', 'itself']).describe('Ordered for a call, done by a person or script, or always so'),
  at: z.enum(['bank', 'terminal', 'both']),
  wire: z.string().describe('What a caller sees'),
  money: z.string().describe('Whether money moved'),
  example: exampleSchema.optional(),
});
export type CatalogueEntry = z.output<typeof catalogueEntrySchema>;

const rule = (body: Record<string, unknown>) => ({ method: 'POST' as const, path: '/control/faults', body });
const act = (path: string, body?: Record<string, unknown>) => ({
  method: 'POST' as const,
  path: `/control/${path}`,
  ...(body === undefined ? {} : { body }),
});

const FAULT_EXAMPLES: Record<FaultKind, Record<string, unknown>> = {
  delay: { where: 'bank', path: '*', kind: 'delay', ms: 5000, times: 'always' },
  slow_body: { where: 'bank', path: 'qr/create', kind: 'slow_body', ms: 4000 },
  hang: { where: 'terminal:front', path: 'payment', kind: 'hang' },
  answer_lost: { where: 'bank', path: 'payment/return', kind: 'answer_lost' },
  request_lost: { where: 'terminal:old', path: 'payment', kind: 'request_lost' },
  reset: { where: 'bank', path: 'payment/return', kind: 'reset', afterProcessing: true },
  tls_reset: { where: 'bank', kind: 'tls_reset', times: 3 },
  http: { where: 'bank', path: 'remote/create', kind: 'http', httpStatus: 504, afterProcessing: true },
  code: { where: 'bank', path: 'qr/create', kind: 'code', statusCode: -1502 },
  code_after: { where: 'bank:r2', path: 'payment/return', kind: 'code_after', statusCode: -999 },
  garbage: { where: 'terminal', path: 'status', kind: 'garbage', times: 2 },
  word: { where: 'bank', path: 'payment/status', kind: 'word', word: 'PaymentConfirmation', times: 5 },
};

const faults = FAULT_KINDS.map((kind): CatalogueEntry => {
  const { wire, processes } = FAULT_KIND_TABLE[kind];
  const isFixed = ['answer_lost', 'request_lost', 'code', 'code_after', 'word', 'tls_reset'].includes(kind);
  const unless = isFixed ? '' : `, unless \`afterProcessing\` is ${String(!processes)}`;
  const money = processes
    ? `As if nothing were wrong: the call does its work${unless}`
    : `No: the call does no work${unless}`;
  return { name: kind, by: 'fault', at: 'both', wire, money: `${money}.`, example: rule(FAULT_EXAMPLES[kind]) };
});

/** What happens to a purchase: the customer's and the bank's deeds that integrations get wrong. */
const AT_THE_BANK: CatalogueEntry[] = [
  {
    name: 'wrong_amount',
    by: 'act',
    at: 'bank',
    wire: 'The purchase is `Processed`; v02 of the status and `payment/details` tell another amount than was asked.',
    money: 'Yes: the other amount.',
    example: act('purchases/{bankPaymentId}/confirm', { amount: '15.00' }),
  },
  {
    name: 'late_success',
    by: 'act',
    at: 'bank',
    wire: 'A purchase that showed a failure or whose window has ended answers `Processed`.',
    money: 'Yes, after you were told otherwise.',
    example: act('purchases/{bankPaymentId}/late-confirm'),
  },
  {
    name: 'discarded_code',
    by: 'act',
    at: 'bank',
    wire: 'The code answers `QrTokenDiscarded` before its `ExpireDate`.',
    money: 'No.',
    example: act('purchases/{bankPaymentId}/discard'),
  },
  {
    name: 'standing_word',
    by: 'act',
    at: 'bank',
    wire: 'The status answers this word until the purchase changes.',
    money: 'As it was: the word says nothing about it.',
    example: act('purchases/{bankPaymentId}/set-word', { word: 'WaitForRemotePayment' }),
  },
  {
    name: 'refund_elsewhere',
    by: 'act',
    at: 'bank',
    wire: '`AvailableReturnAmount` is less, and you did not do it: a cashier gave money back in the Kaspi Pay app.',
    money: 'Yes: back to the customer.',
    example: act('purchases/{bankPaymentId}/refund', { amount: '100.00' }),
  },
  {
    name: 'stale_device_token',
    by: 'act',
    at: 'bank',
    wire: 'A device deleted and registered again gets its dead token: every call with it answers −1502.',
    money: 'No.',
    example: act('settings', { keepsDeadTokens: true }),
  },
  {
    name: 'bad_certificate',
    by: 'act',
    at: 'bank',
    wire: 'Without a valid certificate or key: −10000 (`code`), HTTP 400 or 401 (`http`), or a cut connection (`cut`).',
    money: 'No.',
    example: act('settings', { badCertificate: 'cut' }),
  },
  {
    name: 'no_partial_refunds',
    by: 'act',
    at: 'bank',
    wire: 'A part of a purchase answers −990000020.',
    money: 'No.',
    example: act('settings', { partialRefunds: false }),
  },
  {
    name: 'closed_trade_point',
    by: 'act',
    at: 'bank',
    wire: 'Calls of its devices answer 990000018, in nine or ten digits.',
    money: 'No.',
    example: act('trade-points/180340021791/2', { enabled: false }),
  },
  {
    name: 'refund_code_fails',
    by: 'act',
    at: 'bank',
    wire: 'The refund code (scheme 2) answers `Error`.',
    money: 'No.',
    example: act('refund-codes/{qrReturnId}/error'),
  },
  {
    name: 'polled_invoice',
    by: 'itself',
    at: 'bank',
    wire: 'A fourth read of an invoice within a minute, and its status answers −999 for five minutes. `truth.polledReads` counts.',
    money: 'As it was: the invoice can still be paid meanwhile.',
  },
  {
    name: 'too_many_lookups',
    by: 'itself',
    at: 'bank',
    wire: 'The 51st `remote/client-info` of a device within a minute answers −999.',
    money: 'No.',
  },
  {
    name: 'repeat_moves_again',
    by: 'itself',
    at: 'bank',
    wire: '`payment/return` and `remote/create` know no repeats: a call sent again after a lost answer is another one.',
    money: 'Yes, again.',
  },
  {
    name: 'codes_without_text',
    by: 'itself',
    at: 'bank',
    wire: 'Telephones ending in 0401, 0404, 0029, 0031, 0032, 0010 meet −1401, −1404, 9900000029, 9900000031, 9900000032, 99000010.',
    money: 'No.',
  },
];

const AT_TERMINALS: CatalogueEntry[] = [
  {
    name: 'app_dies',
    by: 'act',
    at: 'terminal',
    wire: 'Every connection is cut and nothing listens any more, until `running` is true again.',
    money: 'The open operation goes on at the terminal: maybe.',
    example: act('terminals/{id}/app', { running: false }),
  },
  {
    name: 'process_not_found',
    by: 'act',
    at: 'terminal',
    wire: 'The app restarts: connections are cut; v1 then answers HTTP 400 `Process not found` for what it did before.',
    money: 'What was paid stays paid; an operation that was open fails.',
    example: act('terminals/{id}/restart'),
  },
  {
    name: 'unknown_outcome',
    by: 'act',
    at: 'terminal',
    wire: 'The status is `unknown` (v2) until `actualize`, which then tells `resolvesTo`; null stays unknown for ever.',
    money: 'Yes with `success`, otherwise no.',
    example: act('terminals/{id}/unknown', { resolvesTo: 'success' }),
  },
  {
    name: 'other_amount_paid',
    by: 'act',
    at: 'terminal',
    wire: '`success` whose cheque tells another amount than was asked.',
    money: 'Yes: the other amount.',
    example: act('terminals/{id}/pay', { method: 'card', amount: '1.00' }),
  },
  {
    name: 'expired_tokens',
    by: 'act',
    at: 'terminal',
    wire: 'Every call answers HTTP 403 until the pair of tokens is refreshed (v2).',
    money: 'No; an operation that is open goes on.',
    example: act('terminals/{id}/expire-tokens'),
  },
  {
    name: 'revoked_pairing',
    by: 'act',
    at: 'terminal',
    wire: 'Every call answers HTTP 401 until a person allows a new pairing (v2).',
    money: 'No; an operation that is open goes on.',
    example: act('terminals/{id}/revoke-pairing'),
  },
  {
    name: 'strange_sub_status',
    by: 'act',
    at: 'terminal',
    wire: 'The open operation shows this sub-status.',
    money: 'As it was.',
    example: act('terminals/{id}/sub-status', { word: 'WaitForSomething' }),
  },
  {
    name: 'busy_terminal',
    by: 'itself',
    at: 'terminal',
    wire: 'A start while another operation is open: v1 `Could not register transaction`, v2 code 107.',
    money: 'No.',
  },
];

const CHAOS: CatalogueEntry = {
  name: 'chaos',
  by: 'act',
  at: 'both',
  wire: 'The share `rate` of calls meets a fault drawn by `seed`: the same calls in the same order meet the same. Rate 0 ends it.',
  money: 'As each fault has it.',
  example: act('chaos', { seed: 7, rate: 0.1, where: 'bank', kinds: ['answer_lost', 'request_lost', 'garbage'] }),
};

/** Everything that can go wrong here, on purpose. */
export const MISBEHAVIOUR: readonly CatalogueEntry[] = [...faults, CHAOS, ...AT_THE_BANK, ...AT_TERMINALS];
