/** A bug found while running. Never caught: the process exits, its supervisor restarts it, the journal recovers. */
export class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure';
}

/** States what must be true unless our own code is wrong. Input from outside is validated, never asserted. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}

/** The end of an exhaustive `switch`: the compiler refuses it while a case is missing. */
export function unreachable(value: never, what = 'case'): never {
  const shown = JSON.stringify(value, (_key, member) => (typeof member === 'bigint' ? String(member) : member));
  throw new AssertionFailure(`unhandled ${what}: ${shown}`);
}
