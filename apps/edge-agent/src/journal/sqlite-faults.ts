import { EdgeError } from '../edge-error.ts';

const PRIMARY_CODE = 0xff;
const BUSY = 5;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const NOT_A_DATABASE = 26;

function codeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & PRIMARY_CODE;
}

export function isBusy(error: unknown): boolean {
  return codeOf(error) === BUSY;
}

export function isDiskFull(error: unknown): boolean {
  return codeOf(error) === FULL;
}

/** The file itself cannot be believed. */
export function isDamage(error: unknown): boolean {
  const code = codeOf(error);
  return code === CORRUPT || code === NOT_A_DATABASE || code === IO_ERROR;
}

/** A disk that has just woken, or a cable: what cannot be read is read once more before the file is called damaged. */
export function onceMore<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (codeOf(error) !== IO_ERROR) throw error;
    return work();
  }
}

/** What our own constraints and limits mean; anything else is passed on: a bug or a damaged file ends the process. */
export function storeError(error: unknown): unknown {
  if (isDiskFull(error)) {
    return new EdgeError('disk_full', 'the disk is full: nothing was written', { cause: error });
  }
  if (error instanceof Error && error.message.includes('refund_exceeds_payment')) {
    return new EdgeError('refund_exceeds_payment', 'the refunds would exceed what was paid', { cause: error });
  }
  return error;
}
