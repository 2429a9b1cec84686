import { Money } from '@tolem/base';
import pg from 'pg';
import { type Figure, figure, percentile, type Report } from './figure.ts';
import { addTill, type HubStage, openHubStage } from './hub-stage.ts';
import { paced } from './paced.ts';

/**
 * How much of a QR code's latency is the hub's own: the whole creation at the core, less the call to the (simulated) bank.
 * Beside it, at the same time on the same server: two commits one after the other, which "write, then act" costs at least.
 */
export async function measureOwnLatency(report: Report): Promise<void> {
  const stage = await openHubStage();
  try {
    report(await measure(stage));
  } finally {
    await stage.close();
  }
}

const PER_SECOND = 50;
const COMMITS_PER_SECOND = 25;
const WARM_MS = 2_000;
const FOR_MS = 12_000;
const TILL = 'bench-latency';

async function measure(stage: HubStage): Promise<Figure[]> {
  const { clock, ids } = stage.context;
  const pool = new pg.Pool({ ...stage.connection, max: 4 });
  await pool.query('create table two_commits (id text primary key, body text not null)');
  const callMs = new Map<string, number>();
  const running = await stage.startCore({
    wrapBank: (bank) => ({
      ...bank,
      async createQr(request) {
        const startedMono = clock.monoMs();
        const answer = await bank.createQr(request);
        callMs.set(request.externalId, clock.monoMs() - startedMono);
        return answer;
      },
    }),
  });
  await addTill(running.core, TILL);
  const ownMs: number[] = [];
  const create = async (): Promise<void> => {
    const paymentId = ids.uuid();
    const startedMono = clock.monoMs();
    const request = { paymentId, method: 'qr', amount: Money.parse('1500.00') } as const;
    const payment = await running.core.payments.create({ kind: 'agent', agentId: TILL }, request);
    ownMs.push(clock.monoMs() - startedMono - (callMs.get(paymentId) ?? 0));
    stage.customers([payment.bankPaymentId ?? '']);
  };
  const commitsMs: number[] = [];
  const body = 'x'.repeat(500);
  const commitTwice = async (): Promise<void> => {
    const startedMono = clock.monoMs();
    for (const id of [ids.uuid(), ids.uuid()]) {
      await inTransaction(pool, (client) => client.query('insert into two_commits values ($1, $2)', [id, body]));
    }
    commitsMs.push(clock.monoMs() - startedMono);
  };
  const run = (forMs: number) =>
    Promise.all([paced(clock, PER_SECOND, forMs, create), paced(clock, COMMITS_PER_SECOND, forMs, commitTwice)]);
  await run(WARM_MS);
  ownMs.length = 0;
  commitsMs.length = 0;
  await run(FOR_MS);
  await running.stop();
  await pool.end();
  return [figuresOf(ownMs, commitsMs, 0.5, 3), figuresOf(ownMs, commitsMs, 0.95, 20)].flat();
}

function figuresOf(ownMs: number[], commitsMs: number[], share: number, goalMs: number): Figure[] {
  const own = percentile(ownMs, share);
  const two = percentile(commitsMs, share);
  const name = `p${share * 100} of the hub's own latency`;
  return [
    figure(name, own, 'ms', {
      beside: { value: two, what: 'two commits' },
      note: `${PER_SECOND} payments/s, ${ownMs.length} payments`,
    }),
    figure(`${name}, above two commits`, own - two, 'ms', { atMost: goalMs }),
  ];
}

async function inTransaction(pool: pg.Pool, run: (client: pg.PoolClient) => Promise<unknown>): Promise<void> {
  const client = await pool.connect();
  await client.query('begin');
  await run(client);
  await client.query('commit');
  client.release();
}
