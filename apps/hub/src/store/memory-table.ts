import { HubError } from '../hub-error.ts';

/** How a transaction takes back what it wrote. */
export interface UndoLog {
  /** Rejects writes and reads of a transaction that is over, or spoilt by a refused row. */
  assertOpen(): void;
  add(undo: () => void): void;
  /** A constraint refused a row: the transaction can only end by being dropped. */
  spoil(refusal: HubError): void;
}

/** Rows by key, in order of insertion; every write can be undone until its transaction commits. */
export class MemoryTable<Row> {
  readonly #rows = new Map<string, Row>();

  get(log: UndoLog, key: string): Row | undefined {
    log.assertOpen();
    return this.#rows.get(key);
  }

  all(log: UndoLog): Row[] {
    log.assertOpen();
    return [...this.#rows.values()];
  }

  set(log: UndoLog, key: string, row: Row): void {
    log.assertOpen();
    const before = this.#rows.get(key);
    const existed = this.#rows.has(key);
    log.add(() => {
      if (existed && before !== undefined) this.#rows.set(key, before);
      else this.#rows.delete(key);
    });
    this.#rows.set(key, row);
  }

  delete(log: UndoLog, key: string): void {
    log.assertOpen();
    const before = this.#rows.get(key);
    if (before === undefined) return;
    log.add(() => void this.#rows.set(key, before));
    this.#rows.delete(key);
  }
}

export function conflict(log: UndoLog, constraint: string): HubError {
  return spoilt(
    log,
    new HubError('store_conflict', `a unique index refused the row: ${constraint}`, { ids: { constraint } }),
  );
}

export function violation(log: UndoLog, constraint: string): HubError {
  return spoilt(
    log,
    new HubError('store_constraint', `a constraint refused the row: ${constraint}`, { ids: { constraint } }),
  );
}

function spoilt(log: UndoLog, refusal: HubError): HubError {
  log.spoil(refusal);
  return refusal;
}
