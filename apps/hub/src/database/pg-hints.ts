import type { Context, Logger } from '@tolem/base';
import type pg from 'pg';
import type { HubChange } from '../hub-core.ts';
import type { StoreHint } from '../store/store.ts';
import { openStandingConnection, type StandingConnection } from './standing-connection.ts';

/**
 * Hints about committed changes. Those of this instance reach its listeners straight after the commit; other instances
 * hear of them by NOTIFY, sent after the commit and in batches: within a transaction it would make every commit wait for
 * the one before, flush to disk included. A hint that is lost delays a reader until it reads again by itself.
 */
export interface HintBus {
  publish(changes: readonly HubChange[]): void;
  /** Something may have changed without a hint. */
  publishDoubt(): void;
  onHint(listener: (hint: StoreHint) => void): () => void;
  close(): Promise<void>;
}

/** Only for a database that several hubs share. */
export interface SharedHints {
  pool: pg.Pool;
  connection: pg.ClientConfig;
  context: Pick<Context, 'clock' | 'log' | 'ids'>;
}

const CHANNEL = 'tolem_hub';
/** PostgreSQL takes at most 7,999 bytes in one notification; a change has under 300. */
const BATCH_MAX = 24;
/** Beyond this the others are told to read everything again. */
const QUEUE_MAX = 5_000;

export async function openHintBus(shared: SharedHints | undefined, log: Logger): Promise<HintBus> {
  const listeners = new Set<(hint: StoreHint) => void>();
  // What a listener makes of it is no matter of a transaction that is committed already.
  const tell = (hint: StoreHint): void => {
    for (const listener of [...listeners]) {
      try {
        listener(hint);
      } catch (error) {
        log.error({ error, hint }, 'a listener of changes failed');
      }
    }
  };
  const wire = shared && (await openWire(shared, tell));
  return {
    publish(changes) {
      for (const change of changes) tell(change);
      wire?.send(changes);
    },
    publishDoubt: () => tell({ kind: 'reconnected' }),
    onHint(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      listeners.clear();
      await wire?.close();
    },
  };
}

interface Wire {
  send(changes: readonly HubChange[]): void;
  close(): Promise<void>;
}

async function openWire({ pool, connection, context }: SharedHints, tell: (hint: StoreHint) => void): Promise<Wire> {
  const { clock, log } = context;
  const sender = context.ids.uuid();
  let queue: StoreHint[] = [];
  let isSending = false;

  const receive = (payload: string | undefined): void => {
    const { from, hints } = readPayload(payload);
    if (from !== sender) for (const hint of hints) tell(hint);
  };
  const sendAll = async (): Promise<void> => {
    isSending = true;
    while (queue.length > 0) {
      const hints = queue.splice(0, BATCH_MAX);
      try {
        await pool.query('select pg_notify($1, $2)', [CHANNEL, JSON.stringify({ from: sender, hints })]);
      } catch (error) {
        log.debug({ error }, 'hints to other instances were lost');
        queue = [];
      }
    }
    isSending = false;
  };
  const standing: StandingConnection = await openStandingConnection({
    connection,
    clock,
    log,
    purpose: 'hints',
    async prepare(client) {
      client.on('notification', (message) => receive(message.payload));
      await client.query(`listen ${CHANNEL}`);
    },
    onReturned: () => tell({ kind: 'reconnected' }),
  });
  return {
    send(changes) {
      if (changes.length === 0) return;
      queue = queue.length + changes.length > QUEUE_MAX ? [{ kind: 'reconnected' }] : [...queue, ...changes];
      if (!isSending) void sendAll();
    },
    close: () => standing.close(),
  };
}

/** A payload of another version of ours, or of somebody else, says only that something may have changed. */
function readPayload(payload: string | undefined): { from?: string; hints: StoreHint[] } {
  try {
    const { from, hints } = JSON.parse(payload ?? '') as { from: string; hints: StoreHint[] };
    return Array.isArray(hints) ? { from, hints } : { hints: [{ kind: 'reconnected' }] };
  } catch {
    return { hints: [{ kind: 'reconnected' }] };
  }
}
