import { expect, it } from 'vitest';
import { DOORS } from './doors.ts';
import { linesOf, storm } from './storm.ts';

/** What each door must stand in the gate; more behind `npm run fuzz`. */
const MESSAGES = 100_000;
/** The same messages in every gate, so that a red one is repeated; other seeds behind `npm run fuzz -- --seed`. */
const SEED = 1;
/** A storm takes half a minute on a free core; a machine that does much else needs many times that. */
const LIMIT_MS = 900_000;

/** One test for one door, in a file of its own: files run side by side. */
export function expectDoorHolds(name: string, messages = MESSAGES): void {
  it(`${name} stands ${messages} hostile messages: the process lives, every refusal is coded, nothing is half-done`, {
    timeout: LIMIT_MS,
  }, async () => {
    const door = DOORS.find((one) => one.name === name);
    if (!door) throw new Error(`there is no door ${name}`);
    const report = await storm(door, { seed: SEED, messages });
    process.stdout.write(`${linesOf(report).join('\n')}\n`);
    expect(report.faults).toEqual([]);
    expect(report.sent).toBe(messages);
  });
}
