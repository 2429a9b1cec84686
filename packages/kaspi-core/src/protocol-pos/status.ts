import { readOperation } from './receipt.ts';
import type { TerminalStatus } from './terminal-api.ts';
import type { WireObject } from './wire-object.ts';

/** Sub-statuses that name an outcome [pos-v2 Operations]; the others only describe what the screen shows. */
const SUCCESS_SUB_STATUS = /^(qr|card|alaqan)transactionsuccess$/i;
const FAILURE_SUB_STATUS = /^((qr|card|alaqan)transactionfailure|processcancelled)$/i;
const MAX_WORD = 60;

/**
 * Reads `{status, subStatus, …}` of either version. `undefined` when there is no status to read, which says nothing about
 * the payment. Only the words `success` and `fail` end a payment; a word that its sub-status contradicts is `unlisted`.
 */
export function readTerminalStatus(data: WireObject): TerminalStatus | undefined {
  const word = data.text('status')?.trim();
  if (word === undefined) return undefined;
  const sub = data.text('subStatus')?.trim().slice(0, MAX_WORD);
  const subStatus = sub === undefined ? {} : { subStatus: sub };
  const sentence = data.text('message')?.slice(0, 300);
  const message = sentence === undefined ? {} : { message: sentence };
  switch (word.toLowerCase()) {
    case 'wait':
      return { kind: 'waiting', ...subStatus };
    case 'success':
      if (sub !== undefined && FAILURE_SUB_STATUS.test(sub)) return contradiction(word, sub);
      return { kind: 'succeeded', ...subStatus, operation: readOperation(data) };
    case 'fail':
      if (sub !== undefined && SUCCESS_SUB_STATUS.test(sub)) return contradiction(word, sub);
      return { kind: 'failed', ...subStatus, ...message };
    case 'unknown':
      return { kind: 'unknown', ...subStatus, ...message };
    default:
      return { kind: 'unlisted', word: word.slice(0, MAX_WORD), ...subStatus };
  }
}

function contradiction(word: string, subStatus: string): TerminalStatus {
  return { kind: 'unlisted', word: `${word} with ${subStatus}`, subStatus };
}
