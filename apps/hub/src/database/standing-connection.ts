import type { Clock, Logger } from '@tolem/base';
import pg from 'pg';

/** After a loss it is opened again this often; the supervisor of the embedded server needs about as long. */
const RETRY_EVERY_MS = 500;
/** An attempt that hangs must not keep the next one waiting. */
const CONNECT_LIMIT_MS = 5_000;

/** One connection that lives as long as the store: for what belongs to a session, a lock or a LISTEN. */
export interface StandingConnection {
  isUp(): boolean;
  close(): Promise<void>;
}

export interface StandingConnectionOptions {
  connection: pg.ClientConfig;
  clock: Clock;
  log: Logger;
  /** What the connection is for, in the log. */
  purpose: string;
  /** Done at every opening before it counts as up; a rejection closes it again. */
  prepare(client: pg.Client): Promise<void>;
  /** It was lost and is up again. */
  onReturned(): void;
}

/** Resolves when it is up for the first time; rejects with the first failure. */
export async function openStandingConnection(options: StandingConnectionOptions): Promise<StandingConnection> {
  const { clock, log, purpose } = options;
  let isClosed = false;
  let current: pg.Client | undefined;
  let returning: Promise<void> = Promise.resolve();

  const open = async (): Promise<void> => {
    const client = new pg.Client({ ...options.connection, connectionTimeoutMillis: CONNECT_LIMIT_MS, keepAlive: true });
    const lost = (): void => {
      if (current !== client) return;
      current = undefined;
      if (isClosed) return;
      log.warn({ purpose }, 'the connection to the database was lost; opening it again');
      returning = comeBack();
    };
    client.on('error', lost);
    client.on('end', lost);
    try {
      await client.connect();
      await options.prepare(client);
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
    if (isClosed) await client.end();
    else current = client;
  };
  const comeBack = async (): Promise<void> => {
    while (!isClosed) {
      try {
        await open();
        log.info({ purpose }, 'the connection to the database is up again');
        options.onReturned();
        return;
      } catch (error) {
        log.debug({ purpose, error }, 'the connection to the database cannot be opened yet');
      }
      await clock.sleep(RETRY_EVERY_MS);
    }
  };
  await open();
  return {
    isUp: () => current !== undefined,
    async close() {
      isClosed = true;
      const client = current;
      current = undefined;
      await client?.end().catch(() => {});
      await returning;
    },
  };
}
