/** Measures one subject in a process of its own and hands the figures to the runner; alone: `node run-figure.ts polling`. */
import { measureAgent } from './agent.ts';
import { closeAll } from './closing.ts';
import { measureDoors } from './doors.ts';
import { measureDropIn } from './drop-in.ts';
import type { Figure, Report } from './figure.ts';
import { measureIngestion } from './ingestion.ts';
import { measureOwnLatency } from './own-latency.ts';
import { measureManyOpen, measurePolling } from './polling.ts';
import { measureSettling } from './settling.ts';
import { isSubject, type Subject } from './subjects.ts';

const measures: Record<Subject, (report: Report) => Promise<void>> = {
  polling: measurePolling,
  many: measureManyOpen,
  latency: measureOwnLatency,
  settling: measureSettling,
  ingestion: measureIngestion,
  doors: measureDoors,
  'drop-in': measureDropIn,
  agent: measureAgent,
};

const name = process.argv[2] ?? '';
if (!isSubject(name)) throw new Error(`no such subject: ${name}`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    // What is being measured fails as its servers go; that must not keep the rest from being closed.
    process.on('uncaughtException', () => {});
    void closeAll().then(() => process.exit(1));
  });
}
const print = (figures: Figure[]) => console.log(JSON.stringify(figures, undefined, 2));
await measures[name]((figures) => (process.send ? process.send(figures) : print(figures)));
if (process.send) process.disconnect();
