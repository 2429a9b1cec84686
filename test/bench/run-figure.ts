/** Measures one subject in a process of its own and hands the figures to the runner; alone: `node run-figure.ts polling`. */
import { measureAgent } from './agent.ts';
import { closeAll } from './closing.ts';
import type { Figure } from './figure.ts';
import { measureIngestion } from './ingestion.ts';
import { measureOwnLatency } from './own-latency.ts';
import { measureManyOpen, measurePolling } from './polling.ts';
import { measureSettling } from './settling.ts';
import { isSubject, type Subject } from './subjects.ts';

const measures: Record<Subject, () => Promise<Figure[]>> = {
  polling: measurePolling,
  many: measureManyOpen,
  latency: measureOwnLatency,
  settling: measureSettling,
  ingestion: measureIngestion,
  agent: measureAgent,
};

const name = process.argv[2] ?? '';
if (!isSubject(name)) throw new Error(`no such subject: ${name}`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void closeAll().then(() => process.exit(1)));
}
const figures = await measures[name]();
if (process.send) process.send(figures, () => process.exit());
else console.log(JSON.stringify(figures, undefined, 2));
