import { type Context, Money, requestHash } from '@tolem/base';
import { DROP_IN_TOKEN, keyOfProcess } from '../drop-in/process-ledger.ts';
import { createDropInDesk, type DropInCore, type StartRequest } from './drop-in-desk.ts';
import { v1Method } from './v1-cheque.ts';
import { notFound, notStarted, SENTENCES, type WireAnswer } from './wire-answer.ts';

/** Whole tenge, without sign, point or leading zero; seven digits hold the largest amount [decisions: at the till]. */
const AMOUNT_PATTERN = /^[1-9]\d{0,6}$/;
const AMOUNT_MAX_TENGE = 5_000_000;
const TRANSACTION_PATTERN = /^[\x21-\x7e]{1,64}$/;

/** The v1 LAN API of a terminal, offered by the agent to software that was written for the terminal [POS 1]. */
export interface DropInApi {
  /** `target` is the path with its query. Rejects where nobody can say what happened: then no answer is the right answer. */
  answer(request: { target: string; address: string }): Promise<WireAnswer>;
  close(): void;
}

type Query = (name: string) => string | undefined;

export function createDropInApi(parts: { core: DropInCore; context: Context; terminalId: string }): DropInApi {
  const { core, terminalId } = parts;
  const desk = createDropInDesk(parts);

  const pay = async (query: Query, address: string): Promise<WireAnswer> => {
    const amount = amountOf(query('amount'));
    if (!amount) return notStarted(SENTENCES.amountInvalid);
    const ownReceipt = query('owncheque') === 'true';
    const asked = { method: 'terminal', terminalId, amount, ...(ownReceipt ? { ownReceipt } : {}) } as const;
    const begin: StartRequest['begin'] = (process) =>
      core.payments.create({
        ...asked,
        process,
        token: DROP_IN_TOKEN,
        idempotencyKey: keyOfProcess(process.processId),
        bodyHash: requestHash({ ...asked, amount: amount.toString() }),
      });
    return desk.start({ kind: 'payment', address, asked: String(amount.tiyn / 100n), begin });
  };
  const giveBack = async (query: Query, address: string): Promise<WireAnswer> => {
    const amount = amountOf(query('amount'));
    if (!amount) return notStarted(SENTENCES.amountInvalid);
    const transactionId = query('transactionId') ?? '';
    const method = query('method') ?? '';
    const paid = TRANSACTION_PATTERN.test(transactionId) ? core.processes.ofTransaction(transactionId) : undefined;
    const payment = paid && core.processes.paymentOf(paid);
    if (!payment || v1Method(payment.terminal?.method) !== method) return notStarted(SENTENCES.transactionInvalid);
    const { paymentId } = payment;
    const begin: StartRequest['begin'] = (process) =>
      core.refunds.create({
        process,
        token: DROP_IN_TOKEN,
        idempotencyKey: keyOfProcess(process.processId),
        bodyHash: requestHash({ paymentId, amount: amount.toString() }),
        paymentId,
        amount,
        reason: 'asked for by the till software',
        actor: `${DROP_IN_TOKEN} ${address}`,
      });
    const asked = `${amount.tiyn / 100n} ${method} ${transactionId}`;
    return desk.start({ kind: 'refund', address, asked, begin });
  };
  return {
    async answer({ target, address }) {
      const [path = '', search = ''] = target.split('?', 2);
      const parameters = new URLSearchParams(search);
      const query: Query = (name) => {
        const values = parameters.getAll(name);
        return values.length === 1 ? values[0] : undefined;
      };
      switch (path.endsWith('/') ? path.slice(0, -1) : path) {
        case '/payment':
          return pay(query, address);
        case '/refund':
          return giveBack(query, address);
        case '/status': {
          const processId = query('processId');
          return processId === undefined ? notFound() : desk.status(processId);
        }
        default:
          return { status: 404, body: { message: 'Not found: /payment, /refund and /status are here' } };
      }
    },
    close: () => desk.close(),
  };
}

/** `undefined` for everything but an amount in whole tenge that a terminal may take. */
function amountOf(text: string | undefined): Money | undefined {
  if (text === undefined || !AMOUNT_PATTERN.test(text)) return undefined;
  const tenge = Number(text);
  return tenge <= AMOUNT_MAX_TENGE ? Money.fromTenge(tenge) : undefined;
}
