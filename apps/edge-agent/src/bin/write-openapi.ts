import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIds, createSeededRandom, createSilentLog, createVirtualClock } from '@tolem/base';
import { createFakeEdgeCore } from '../fake-edge-core.ts';
import { createLocalApi } from '../local-api/local-api.ts';
import { openPageSessions } from '../tokens/page-sessions.ts';
import { openTokenStore } from '../tokens/token-store.ts';

/** Writes the local API's contract, as the routes make it, to the file named by the only argument. */
const file = process.argv[2];
if (!file) throw new Error('usage: write-openapi.ts FILE');
const dataDir = mkdtempSync(join(tmpdir(), 'tolem-openapi-'));
try {
  const clock = createVirtualClock();
  const random = createSeededRandom(1);
  const context = { clock, random, ids: createIds(clock, random), log: createSilentLog() };
  const core = createFakeEdgeCore(context);
  const stores = { tokens: openTokenStore(dataDir, context), sessions: openPageSessions(dataDir, context) };
  const api = await createLocalApi({ core, context, ...stores, cashierPins: () => undefined }, () => undefined);
  await api.app.ready();
  writeFileSync(file, `${JSON.stringify(api.app.swagger(), null, 2)}\n`);
  await api.close();
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
