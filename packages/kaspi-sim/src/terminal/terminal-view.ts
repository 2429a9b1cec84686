import { z } from 'zod';
import { displayAmount } from './cheque.ts';
import type { PairingDesk } from './pairing-desk.ts';
import type { ProcessBook } from './process-book.ts';
import { type TerminalProcess, terminalProcessSchema } from './terminal-process.ts';
import type { TerminalSettings } from './terminal-settings.ts';

/** What a person sees on the screen of a terminal; answers `GET /control/terminals/{id}`. Times left are milliseconds. */
export const terminalViewSchema = z.object({
  id: z.string(),
  api: z.enum(['v1', 'v2']),
  serial: z.string(),
  bankTerminalId: z.string(),
  storeName: z.string(),
  appRunning: z.boolean(),
  /** «Защита интеграции»; always off on v1. */
  protection: z.boolean(),
  paired: z.array(z.string()),
  pairingRequest: z.object({ name: z.string(), leftMs: z.number() }).nullable(),
  /** The open operation. */
  process: z
    .object({
      processId: z.string(),
      kind: z.enum(['payment', 'refund']),
      amount: z.string(),
      amountText: z.string(),
      subStatus: z.string(),
      method: z.enum(['qr', 'card', 'alaqan']).nullable(),
      needsScan: z.boolean(),
      leftMs: z.number(),
      qrSvg: z.string().nullable(),
    })
    .nullable(),
  /** The operation that ended last, for the result screen. */
  result: z
    .object({
      processId: z.string(),
      kind: z.enum(['payment', 'refund']),
      amountText: z.string(),
      status: z.enum(['success', 'fail', 'unknown']),
      method: z.enum(['qr', 'card', 'alaqan']).nullable(),
      message: z.string().nullable(),
      ageMs: z.number(),
    })
    .nullable(),
  /** Everything the terminal has done, newest first, for tests and the curious. */
  history: z.array(terminalProcessSchema),
});

/** SVG text of a QR code. */
export type DrawQr = (text: string) => string;

export type TerminalView = z.output<typeof terminalViewSchema>;

/** Operations shown as history. */
const MAX_HISTORY = 50;

export function viewTerminal(parts: {
  settings: TerminalSettings;
  book: ProcessBook;
  desk: PairingDesk;
  isRunning: boolean;
  nowMs: number;
  drawQr: DrawQr;
}): TerminalView {
  const { settings, book, desk, nowMs } = parts;
  const open = book.open();
  const history = book.all().reverse();
  const ended = history.find((process) => process.status !== 'wait' && process.isForgotten !== true);
  return {
    id: settings.id,
    api: settings.api,
    serial: settings.serial,
    bankTerminalId: settings.bankTerminalId,
    storeName: settings.storeName,
    appRunning: parts.isRunning,
    protection: settings.api === 'v2' && desk.isProtected(),
    paired: desk.names(),
    pairingRequest: desk.request() ?? null,
    process: open ? viewOpen(open, parts) : null,
    result: ended ? viewEnded(ended, nowMs) : null,
    history: history.slice(0, MAX_HISTORY),
  };
}

function viewOpen(
  process: TerminalProcess,
  { settings, nowMs, drawQr }: { settings: TerminalSettings; nowMs: number; drawQr: DrawQr },
): TerminalView['process'] {
  const hasQr = process.kind === 'payment' || process.needsScan === true;
  return {
    processId: process.processId,
    kind: process.kind,
    amount: process.amount,
    amountText: displayAmount(process.amount, false),
    subStatus: process.subStatus,
    method: process.method ?? null,
    needsScan: process.needsScan === true,
    leftMs: Math.max(0, process.deadlineAtMs - nowMs),
    qrSvg: hasQr ? drawQr(`tolem-sim:terminal/${settings.id}/${process.processId}`) : null,
  };
}

function viewEnded(process: TerminalProcess, nowMs: number): TerminalView['result'] {
  return {
    processId: process.processId,
    kind: process.kind,
    amountText: displayAmount(process.movedAmount ?? process.amount, false),
    status: process.status === 'wait' ? 'unknown' : process.status,
    method: process.method ?? null,
    message: process.message ?? null,
    ageMs: Math.max(0, nowMs - (process.endedAtMs ?? process.startedAtMs)),
  };
}
