import { createSilentLog, createSystemContext } from '@tolem/base';
import { createFakeQrApi, FAKE_BIN } from '@tolem/kaspi-core/fake';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PERSON, TILL } from '../core-bench.ts';
import { createHubCore } from '../create-hub-core.ts';
import { type StoreTestServer, startStoreTestServer } from '../database/store-test-server.ts';

const context = createSystemContext(createSilentLog());
let server: StoreTestServer;
beforeAll(async () => {
  server = await startStoreTestServer();
});
afterAll(() => server.stop());

it('one id asked for at the same moment is one session with one code, and another id takes its place', async () => {
  const connection = await server.createDatabase();
  const store = await server.openStore(connection);
  const bank = createFakeQrApi({ clock: context.clock, scheme: 2 });
  const settings = { organizations: [{ bin: FAKE_BIN, name: 'Тест' }] };
  const hub = await createHubCore({ store, bank, context, settings });
  await hub.start();
  await hub.agents.add({ agentId: 'till-1', name: 'till-1', storeName: 'Магазин 1' });
  const device = { agentId: 'till-1', deviceId: 'till-1', organizationBin: FAKE_BIN, tradePointId: '1' };
  await hub.devices.register(PERSON, device);
  for (let turn = 0; turn < 20; turn++) {
    const refundSessionId = context.ids.uuid();
    const asked = [1, 2, 3].map(() => hub.refundSessions.open(TILL, { refundSessionId }));
    const codes = (await Promise.all(asked)).map((one) => [one.status, one.refundCodeId]);
    expect(new Set(codes.map(String)).size).toBe(1);
    expect(codes[0]?.[0]).toBe('awaiting_customer');
  }
  await hub.stop();
});
