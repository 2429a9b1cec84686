import { closeSync, existsSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { SimError } from '../sim-error.ts';

/** One JSON value a line, written at once: what was appended before a kill is read back after it. */
export interface AppendLog {
  append(entry: unknown): void;
  /** Every entry of the earlier runs, oldest first. */
  readonly earlier: readonly unknown[];
  /** Forgets everything, for a reset. */
  clear(): void;
  close(): void;
}

/** Opens or makes the file. A last line cut by a crash is dropped. Throws `data_unusable`. */
export function openAppendLog(file: string): AppendLog {
  try {
    mkdirSync(dirname(file), { recursive: true });
    const earlier = existsSync(file) ? readEntries(file) : [];
    const descriptor = openSync(file, 'a');
    return {
      earlier,
      append: (entry) => void writeSync(descriptor, `${JSON.stringify(entry)}\n`),
      clear: () => truncateSync(file),
      close: () => closeSync(descriptor),
    };
  } catch (cause) {
    throw new SimError('data_unusable', `the simulator's data ${file} can't be opened: ${String(cause)}`, { cause });
  }
}

/** The same without a file, for tests that need no restart. */
export function createMemoryLog(earlier: readonly unknown[] = []): AppendLog & { readonly entries: unknown[] } {
  const entries: unknown[] = [...earlier];
  return {
    earlier: [...earlier],
    entries,
    append: (entry) => void entries.push(JSON.parse(JSON.stringify(entry))),
    clear: () => void entries.splice(0),
    close() {},
  };
}

function readEntries(file: string): unknown[] {
  const text = readFileSync(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}
