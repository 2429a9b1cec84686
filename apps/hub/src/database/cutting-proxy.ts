import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';

/** Stands between a store and its server, for tests of what a broken network does. */
export interface CuttingProxy {
  readonly connection: pg.ClientConfig;
  /** From now on a connection that asks for this is cut: before the server hears it, or before its answer comes back. */
  cutAt(statement: string, when: 'before' | 'after'): void;
  /** Cuts every connection that is open. */
  cutAll(): void;
  heal(): void;
  close(): Promise<void>;
}

export async function startCuttingProxy(target: pg.ClientConfig): Promise<CuttingProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'tolem-cut-'));
  const name = `.s.PGSQL.${target.port}`;
  const pairs = new Set<[Socket, Socket]>();
  let trap: { statement: string; when: 'before' | 'after' } | undefined;

  const server: Server = createServer((client) => {
    const upstream = connect(join(String(target.host), name));
    const pair: [Socket, Socket] = [client, upstream];
    const cut = () => {
      pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    let isAnswerCut = false;
    pairs.add(pair);
    client.on('data', (bytes: Buffer) => {
      const isCaught = trap !== undefined && bytes.includes(trap.statement);
      if (isCaught && trap?.when === 'before') return cut();
      if (isCaught) isAnswerCut = true;
      upstream.write(bytes);
    });
    upstream.on('data', (bytes: Buffer) => (isAnswerCut ? cut() : client.write(bytes)));
    for (const socket of pair) socket.on('error', cut).on('close', cut);
  });
  await new Promise<void>((resolve) => server.listen(join(folder, name), resolve));
  const cutAll = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  };
  return {
    connection: { ...target, host: folder },
    cutAt: (statement, when) => {
      trap = { statement, when };
    },
    cutAll,
    heal: () => {
      trap = undefined;
    },
    async close() {
      cutAll();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
