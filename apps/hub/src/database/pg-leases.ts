import { HubError } from '../hub-error.ts';
import type { Fence, HubMeta, LeaseRows, MetaRows } from '../store/store.ts';
import { createRowCodec, toNumber } from './row-codec.ts';
import type { SqlSession } from './sql-session.ts';

const metaCodec = createRowCodec<HubMeta>({
  hubEpoch: 'text',
  recovering: 'boolean',
  recoveringSinceMs: 'number',
  releasedBy: 'text',
  releaseReason: 'text',
});
const fenceCodec = createRowCodec<Fence>({ instance: 'text', generation: 'number' });

const META = `select ${metaCodec.list()} from hub_meta`;
const SAVE_META = `
  update hub_meta set recovering = $1, recovering_since_ms = $2, released_by = $3, release_reason = $4`;

export function pgMeta(sql: SqlSession): MetaRows {
  return {
    async get() {
      const stored = await sql.row(META);
      if (!stored) throw new HubError('record_damaged', 'the database has no hub_meta row');
      return metaCodec.decode(stored);
    },
    async save(meta) {
      const [, ...values] = metaCodec.encode(meta);
      await sql.write(SAVE_META, values);
    },
  };
}

/** A lease lives on the clock of the moment, not of the transaction's beginning. */
const LIVE = 'expires_at > clock_timestamp()';
const MINE = `instance = $1 and generation = $2 and ${LIVE}`;
const UNTIL = "clock_timestamp() + $3 * interval '1 millisecond'";
const ACQUIRE = `
  insert into instance_lease as l (instance, generation, expires_at)
  values ($1, 1, clock_timestamp() + $2 * interval '1 millisecond')
  on conflict (instance) do update set generation = l.generation + 1, expires_at = excluded.expires_at
  returning generation`;
const RENEW = `update instance_lease set expires_at = ${UNTIL} where ${MINE}`;
const IS_LIVE = `select from instance_lease where ${MINE}`;
const RELEASE = `update instance_lease set expires_at = '-infinity' where ${MINE}`;
const ALL_LIVE = `select instance, generation from instance_lease where ${LIVE} order by instance`;

export function pgLeases(sql: SqlSession): LeaseRows {
  const isLive = async ({ instance, generation }: Fence) =>
    (await sql.row(IS_LIVE, [instance, generation])) !== undefined;
  return {
    async acquire(instance, leaseMs) {
      const stored = await sql.row(ACQUIRE, [instance, leaseMs]);
      return { instance, generation: toNumber(stored?.generation, 'generation') };
    },
    renew: async ({ instance, generation }, leaseMs) => (await sql.write(RENEW, [instance, generation, leaseMs])) === 1,
    async check(fence) {
      if (await isLive(fence)) return;
      throw new HubError('lease_lost', 'the lease of this instance has lapsed', { ids: { ...fence } });
    },
    isLive,
    async release({ instance, generation }) {
      await sql.write(RELEASE, [instance, generation]);
    },
    live: async () => (await sql.rows(ALL_LIVE)).map(fenceCodec.decode),
  };
}
