/**
 * Hostile messages at one door or all: `npm run fuzz -- --door local-api --messages 1000000 --seed 7`; with `--only N` the one
 * message whose number a fault has printed. Exits 1 on a fault.
 */
import { parseArgs } from 'node:util';
import { DOORS } from './doors.ts';
import { linesOf, storm } from './storm.ts';

const { values } = parseArgs({
  options: {
    door: { type: 'string', multiple: true },
    messages: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
const names = DOORS.map(({ name }) => name);
const wanted = values.door ?? names;
const unknown = wanted.filter((name) => !names.includes(name));
const numbers = [values.messages, values.seed, values.only ?? '0'];
if (unknown.length > 0 || numbers.some((text) => !/^\d{1,9}$/.test(text))) {
  process.stderr.write(
    `usage: npm run fuzz -- [--door NAME]… [--messages N] [--seed N] [--only N]\ndoors: ${names.join(', ')}\n`,
  );
  process.exit(2);
}
let faults = 0;
for (const door of DOORS.filter(({ name }) => wanted.includes(name))) {
  const only = values.only === undefined ? {} : { only: Number(values.only) };
  const report = await storm(door, { seed: Number(values.seed), messages: Number(values.messages), ...only });
  process.stdout.write(`${linesOf(report).join('\n')}\n`);
  faults += report.faults.length;
}
process.exit(faults === 0 ? 0 : 1);
