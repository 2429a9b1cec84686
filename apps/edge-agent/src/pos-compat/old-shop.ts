import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIds, createSeededRandom, createSilentLog } from '@tolem/base';
import type { FakeTerminal } from '@tolem/kaspi-core/fake';
import { createEdgeWorld, type EdgeWorld } from '../core/edge-world.ts';
import { worldJournal } from '../journal/world-journal.ts';
import { createDropInApi, type DropInApi } from './drop-in-api.ts';
import { createOldTill, type OldFetch, type OldTill } from './old-till.ts';

/**
 * What becomes of one exchange between till and agent: `answer_lost` on its way, which the agent notices; `answer_dropped` at the
 * till itself, after the agent has sent it whole. A final word is never dropped so: a till that dies with it in its hands cannot be
 * told from one that goes on to the next customer.
 */
export type WireFault = 'request_lost' | 'answer_lost' | 'answer_dropped';

/** An old till, the agent and one terminal, on virtual time. */
export interface OldShop {
  readonly world: EdgeWorld;
  readonly terminal: FakeTerminal;
  readonly till: OldTill;
  /** A second till, at another address. */
  readonly other: OldTill;
  /** One question as any program would ask it. */
  ask(target: string, address?: string): Promise<{ status: number; body: Record<string, unknown> }>;
  /** The next exchanges of the tills go wrong so. */
  faults: WireFault[];
  killAgent(): void;
  startAgent(): Promise<void>;
  readonly isRunning: boolean;
  charges(tenge: number): number;
  end(): Promise<void>;
}

export async function openOldShop(version: 'v1' | 'v2', seed = 1): Promise<OldShop> {
  const folder = mkdtempSync(join(tmpdir(), 'tolem-old-till-'));
  const world = createEdgeWorld({ journal: worldJournal, folder, terminals: { front: version }, seed });
  const terminal = world.terminals.front as FakeTerminal;
  const { clock } = world;
  const random = createSeededRandom(seed);
  const context = { clock, random, ids: createIds(clock, random), log: createSilentLog() };
  const faults: WireFault[] = [];
  let api: DropInApi | undefined;

  const startAgent = async (): Promise<void> => {
    await world.start();
    api = createDropInApi({ core: world.core, context, terminalId: 'front' });
  };
  const fetchFrom =
    (address: string): OldFetch =>
    async (target, timeoutMs) => {
      const asked = api;
      const fault = faults.shift();
      const late = clock.sleep(timeoutMs).then(() => undefined);
      if (!asked || fault === 'request_lost') return late;
      const answered = asked.answer({ target, address }).catch(() => undefined);
      const answer = await Promise.race([answered, late]);
      if (!answer || api !== asked || fault === 'answer_lost') return late;
      if (fault === 'answer_dropped' && answer.delivered) return late;
      answer.delivered?.();
      return fault === 'answer_dropped' ? late : { status: answer.status, body: answer.body };
    };
  await startAgent();
  return {
    world,
    terminal,
    faults,
    till: createOldTill({ clock, fetch: fetchFrom('127.0.0.1') }),
    other: createOldTill({ clock, fetch: fetchFrom('192.168.1.20') }),
    async ask(target, address = '127.0.0.1') {
      const asking = api?.answer({ target, address });
      await clock.advance(10);
      const answer = await asking;
      if (!answer) throw new Error('the agent does not run');
      answer.delivered?.();
      return { status: answer.status, body: answer.body };
    },
    killAgent() {
      api = undefined;
      world.kill();
    },
    startAgent,
    get isRunning() {
      return api !== undefined;
    },
    charges: (tenge) => terminal.truth().charges.filter((one) => one.amount.tiyn === BigInt(tenge) * 100n).length,
    async end() {
      if (api) await world.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
