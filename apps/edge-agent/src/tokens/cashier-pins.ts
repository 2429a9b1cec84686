import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { BaseError, type Clock } from '@tolem/base';
import { z } from 'zod';
import { readFileIfThere, writePrivateFile } from '../config/private-file.ts';
import type { Scope } from './access.ts';

/** A shop has a handful of cashiers; the page lists them all. */
const CASHIERS_MAX = 60;
/** Wrong PINs in a row before a cashier's PIN is locked, and for how long at first; doubled each time up to the most. */
const WRONG_MAX = 5;
const LOCK_FIRST_MS = 60_000;
const LOCK_MAX_MS = 15 * 60_000;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const derive = promisify<string, Buffer, number, Buffer>(scrypt);

export const CASHIER_SCOPES = ['refund', 'settle'] as const;

const cashierRow = z.strictObject({
  name: z.string().min(1).max(64),
  scopes: z.array(z.enum(CASHIER_SCOPES)).min(1),
  /** `salt$hash` of scrypt, base64url. */
  scrypt: z.string().regex(/^[\w-]+\$[\w-]+$/),
});
const pinFile = z.strictObject({ v: z.literal(1), cashiers: z.array(cashierRow).max(CASHIERS_MAX) });
type CashierRow = z.output<typeof cashierRow>;

export type PinVerdict =
  | { kind: 'right'; name: string; scopes: Scope[] }
  | { kind: 'wrong'; attemptsLeft: number }
  | { kind: 'locked'; retryAfterMs: number };

/**
 * The cashiers of `localApi.cashierPinFile`, read anew at each use so that a dismissed cashier is out at once. One for the whole
 * life of the process: wrong guesses are not forgotten when the configuration is read again.
 */
export interface CashierPins {
  names(): string[];
  check(name: string, pin: string): Promise<PinVerdict>;
}

export function createCashierPins(file: () => string, clock: Clock): CashierPins {
  const attempts = new Map<string, { wrong: number; locks: number; lockedUntilMono: number }>();
  const turns = new Map<string, Promise<unknown>>();

  const checkNow = async (row: CashierRow, pin: string): Promise<PinVerdict> => {
    const { name } = row;
    const { wrong, locks, lockedUntilMono } = attempts.get(name) ?? { wrong: 0, locks: 0, lockedUntilMono: 0 };
    const leftMs = lockedUntilMono - clock.monoMs();
    if (leftMs > 0) return { kind: 'locked', retryAfterMs: leftMs };
    if (await isRightPin(row.scrypt, pin)) {
      attempts.delete(name);
      return { kind: 'right', name, scopes: [...row.scopes] };
    }
    const attemptsLeft = WRONG_MAX - wrong - 1;
    if (attemptsLeft > 0) {
      attempts.set(name, { wrong: wrong + 1, locks, lockedUntilMono });
      return { kind: 'wrong', attemptsLeft };
    }
    const retryAfterMs = Math.min(LOCK_MAX_MS, LOCK_FIRST_MS * 2 ** locks);
    attempts.set(name, { wrong: 0, locks: locks + 1, lockedUntilMono: clock.monoMs() + retryAfterMs });
    return { kind: 'locked', retryAfterMs };
  };
  return {
    names: () => readCashiers(file()).map((one) => one.name),
    async check(name, pin) {
      const row = readCashiers(file()).find((one) => one.name === name);
      if (!row) return { kind: 'wrong', attemptsLeft: WRONG_MAX - 1 };
      // One guess after the other, so that many at once meet the lock that the first ones have earned.
      const mine = (turns.get(name) ?? Promise.resolve()).then(() => checkNow(row, pin));
      const turn = mine.catch(() => undefined);
      turns.set(name, turn);
      return mine.finally(() => turns.get(name) === turn && turns.delete(name));
    },
  };
}

/** Sets the PIN of a cashier, new or known. Throws `config_invalid` for a PIN that is not 4–8 digits. */
export async function setCashierPin(
  file: string,
  cashier: { name: string; scopes: Scope[]; pin: string },
): Promise<void> {
  if (!/^\d{4,8}$/.test(cashier.pin)) throw new BaseError('config_invalid', 'a PIN is 4 to 8 digits');
  const scopes = CASHIER_SCOPES.filter((scope) => cashier.scopes.includes(scope));
  if (scopes.length === 0) throw new BaseError('config_invalid', 'a cashier may refund, settle or both');
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(cashier.pin, salt, HASH_BYTES);
  const row = { name: cashier.name, scopes, scrypt: `${salt.toString('base64url')}$${hash.toString('base64url')}` };
  writeCashiers(file, [...readCashiers(file).filter((one) => one.name !== cashier.name), row]);
}

/** Who has a PIN, and for what. */
export function listCashiers(file: string): Array<{ name: string; scopes: Scope[] }> {
  return readCashiers(file).map(({ name, scopes }) => ({ name, scopes: [...scopes] }));
}

/** No PIN of this cashier is taken from then on. False where nobody of this name has a PIN. */
export function removeCashierPin(file: string, name: string): boolean {
  const cashiers = readCashiers(file);
  const others = cashiers.filter((one) => one.name !== name);
  if (others.length === cashiers.length) return false;
  writeCashiers(file, others);
  return true;
}

function writeCashiers(file: string, cashiers: CashierRow[]): void {
  writePrivateFile(file, `${JSON.stringify({ v: 1, cashiers }, null, 2)}\n`, 0o600);
}

function readCashiers(file: string): CashierRow[] {
  const text = readFileIfThere(file);
  if (text === undefined) return [];
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new BaseError('config_invalid', `${file} is not JSON`, { cause });
  }
  const result = pinFile.safeParse(document);
  if (!result.success) throw new BaseError('config_invalid', `${file} is not a file of cashiers and PINs`);
  return result.data.cashiers;
}

async function isRightPin(stored: string, pin: string): Promise<boolean> {
  const [salt = '', hash = ''] = stored.split('$');
  const expected = Buffer.from(hash, 'base64url');
  const presented = await derive(pin, Buffer.from(salt, 'base64url'), HASH_BYTES);
  return expected.length === presented.length && timingSafeEqual(expected, presented);
}
