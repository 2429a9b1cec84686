/** Builds `where … and …` with numbered parameters from the members of a filter that are there. */
export class Conditions {
  readonly values: unknown[] = [];
  readonly #parts: string[] = [];

  /** Every `?` of the condition stands for the same value; nothing is added when it is absent. */
  add(condition: string, value: unknown): void {
    if (value === undefined) return;
    const parameter = this.parameter(value);
    this.#parts.push(condition.replaceAll('?', parameter));
  }

  /** The first `?` and the second are the pair's values. */
  addPair(condition: string, pair: readonly [unknown, unknown] | undefined): void {
    if (pair === undefined) return;
    const [first, second] = pair.map((value) => this.parameter(value));
    this.#parts.push(condition.replace('?', first ?? '').replace('?', second ?? ''));
  }

  addFixed(condition: string): void {
    this.#parts.push(condition);
  }

  parameter(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  get clause(): string {
    return this.#parts.length === 0 ? '' : `where ${this.#parts.join(' and ')}`;
  }
}
