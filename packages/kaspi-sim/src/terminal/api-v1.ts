import type { Answer } from '../faults/answer-with-fault.ts';
import { jsonAnswer, readAmount, readMethod, type TerminalCall, type TerminalWire } from './api-call.ts';
import { addInfo, chequeInfo } from './cheque.ts';
import type { Operations, StartRefusal } from './operations.ts';
import type { ProcessBook } from './process-book.ts';
import type { TerminalProcess } from './terminal-process.ts';
import type { TerminalSettings } from './terminal-settings.ts';

/** API v1 [POS 1]: a refused start is HTTP 200 with `{message}`, an unknown process HTTP 400. */
export function createApiV1(parts: {
  settings: TerminalSettings;
  operations: Operations;
  book: ProcessBook;
}): TerminalWire {
  const { settings, operations, book } = parts;
  const start = (call: TerminalCall): Answer => {
    const amount = readAmount(call.query);
    if (amount === undefined) return message(200, 'Invalid amount.');
    return started(operations.startPayment({ amount, ownCheque: call.query.get('owncheque') === 'true' }));
  };
  const refund = (call: TerminalCall): Answer => {
    const amount = readAmount(call.query);
    const method = readMethod(call.query);
    if (amount === undefined) return message(200, 'Invalid amount.');
    if (method === undefined || method === 'alaqan') return message(200, 'Invalid method.');
    const id = call.query.get('transactionId');
    const matches = (process: TerminalProcess) => process.transactionId === id;
    const ownCheque = call.query.get('owncheque') === 'true';
    return started(operations.startRefund({ amount, ownCheque, method, matches }));
  };
  const status = (call: TerminalCall): Answer => {
    const process = book.find(call.query.get('processId') ?? '');
    if (!process) return message(400, 'Process not found');
    const body = { processId: process.processId, status: call.word ?? process.status };
    if (body.status !== 'success') return jsonAnswer(200, body);
    const cheque = chequeInfo(process, settings);
    return jsonAnswer(200, {
      ...body,
      transactionId: process.transactionId,
      addInfo: addInfo(process),
      chequeInfo: cheque,
    });
  };
  return {
    async answer(call) {
      if (call.verb !== 'GET') return message(405, 'Method Not Allowed');
      const path = call.path.replace(/\/$/, '');
      if (path === '/payment') return start(call);
      if (path === '/refund') return refund(call);
      if (path === '/status') return status(call);
      return message(404, 'Not Found');
    },
    refuse: (statusCode) => message(200, `Error ${statusCode}`),
  };
}

function started(process: TerminalProcess | StartRefusal): Answer {
  if (process === 'busy') return message(200, 'Could not register transaction');
  if (process === 'no_such_transaction') return message(200, 'Invalid transactionId.');
  return jsonAnswer(200, { processId: process.processId, status: 'wait' });
}

function message(httpStatus: number, text: string): Answer {
  return jsonAnswer(httpStatus, { message: text });
}
