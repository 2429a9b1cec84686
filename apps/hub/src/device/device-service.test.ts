import { ProblemError } from '@tolem/base';
import { FAKE_BIN } from '@tolem/kaspi-core/fake';
import { describe, expect, it } from 'vitest';
import { createCoreBench, PERSON, payAndConfirm, TILL } from '../core-bench.ts';

const code = (run: Promise<unknown>) =>
  run.then(
    () => 'resolved',
    (error: unknown) => (error instanceof ProblemError ? error.problem.code : error),
  );
const kiosk = { agentId: 'till-1', deviceId: 'kiosk', organizationBin: FAKE_BIN, tradePointId: '1' };
const registrations = (calls: ReadonlyArray<{ method: string }>) =>
  calls.filter((call) => call.method === 'registerDevice').length;

describe('registering a device', () => {
  it('is idempotent, and calls the bank once', async () => {
    const bench = await createCoreBench();
    const before = registrations(bench.bank.calls);
    const first = await bench.hub.devices.register(TILL, kiosk);
    expect(first).toMatchObject({ enabled: true, tradePointName: 'Магазин 1 (Ауэзова, 65)' });
    expect(await bench.hub.devices.register(TILL, kiosk)).toEqual(first);
    expect(registrations(bench.bank.calls) - before).toBe(1);
  });

  it('that the bank does not answer is a wish which the hub fulfils later', async () => {
    const bench = await createCoreBench();
    bench.bank.faults.next('registerDevice', 'unavailable');
    expect(await code(bench.hub.devices.register(TILL, kiosk))).toBe('device_not_registered');
    const shown = (await bench.hub.devices.listDevices(TILL, 'till-1')).find((one) => one.deviceId === 'kiosk');
    expect(shown).toMatchObject({ enabled: false });
    expect(await code(bench.pay({ deviceId: 'kiosk' }))).toBe('device_not_registered');
    await bench.clock.advance(16_000);
    expect((await bench.pay({ deviceId: 'kiosk' })).status).toBe('awaiting_scan');
  });

  it('that the bank refuses leaves nothing behind: the till pays on, and the id is free for another wish', async () => {
    const bench = await createCoreBench();
    expect(await code(bench.hub.devices.register(TILL, { ...kiosk, tradePointId: '99' }))).toBe('trade_point_unknown');
    expect((await bench.hub.devices.listDevices(TILL, 'till-1')).map((one) => one.deviceId)).toEqual(['till-1']);
    expect((await bench.pay()).deviceId).toBe('till-1');
    expect(await code(bench.hub.devices.register(PERSON, kiosk))).toBe('resolved');
  });

  it('that the bank refuses later is no device to choose from, and gives way to the next wish', async () => {
    const bench = await createCoreBench();
    bench.bank.faults.next('registerDevice', 'unavailable');
    expect(await code(bench.hub.devices.register(TILL, { ...kiosk, tradePointId: '99' }))).toBe(
      'device_not_registered',
    );
    await bench.clock.advance(16_000);
    expect((await bench.pay()).deviceId).toBe('till-1');
    expect(await bench.hub.devices.register(TILL, kiosk)).toMatchObject({ enabled: true });
  });

  it('is refused for another agent’s device, an unknown organisation, trade point or agent, and a moved device', async () => {
    const bench = await createCoreBench();
    await bench.hub.devices.register(TILL, kiosk);
    expect(await code(bench.hub.devices.register(PERSON, { ...kiosk, agentId: 'till-2' }))).toBe('device_taken');
    expect(await code(bench.hub.devices.register(TILL, { ...kiosk, agentId: 'till-2' }))).toBe('forbidden');
    expect(await code(bench.hub.devices.register(PERSON, { ...kiosk, organizationBin: '1' }))).toBe(
      'organization_unknown',
    );
    expect(await code(bench.hub.devices.register(PERSON, { ...kiosk, deviceId: 'x', tradePointId: '99' }))).toBe(
      'trade_point_unknown',
    );
    expect(await code(bench.hub.devices.register(PERSON, { ...kiosk, deviceId: 'x', agentId: 'nobody' }))).toBe(
      'agent_not_found',
    );
    expect(await code(bench.hub.devices.register(PERSON, { ...kiosk, tradePointId: '2' }))).toBe(
      'device_at_other_trade_point',
    );
  });

  it('a second one makes the till name its device', async () => {
    const bench = await createCoreBench();
    await bench.hub.devices.register(TILL, kiosk);
    expect(await code(bench.pay())).toBe('device_required');
    expect((await bench.pay({ deviceId: 'till-1' })).deviceId).toBe('till-1');
  });

  it('shows the trade points of every organisation', async () => {
    const bench = await createCoreBench();
    expect(await bench.hub.devices.listTradePoints()).toMatchObject([
      { organizationBin: FAKE_BIN, organizationName: 'Тест', tradePointId: '1' },
      { tradePointId: '2' },
    ]);
  });
});

it('is switched off for new payments by a person, and its payments are refunded as before', async () => {
  const bench = await createCoreBench();
  const told: string[] = [];
  bench.hub.onChange((change) => void told.push(change.kind));
  const paid = await payAndConfirm(bench);
  const off = { agentId: 'till-1', deviceId: 'till-1', enabled: false };
  await expect(bench.hub.devices.setEnabled(TILL, off)).rejects.toMatchObject({ problem: { code: 'forbidden' } });
  expect(await bench.hub.devices.setEnabled(PERSON, off)).toMatchObject({ enabled: false });
  expect(told).toContain('devices');
  await expect(bench.pay()).rejects.toMatchObject({ problem: { code: 'device_unknown' } });
  await expect(bench.pay({ deviceId: 'till-1' })).rejects.toMatchObject({ problem: { code: 'device_disabled' } });
  const refundId = bench.ids.uuid();
  const refunding = bench.hub.refunds.create(PERSON, { refundId, paymentId: paid.paymentId, reason: 'r' });
  await bench.clock.advance(2_000);
  await refunding;
  expect(await bench.hub.refunds.get(PERSON, refundId)).toMatchObject({ status: 'confirmed' });
  await bench.hub.devices.setEnabled(PERSON, { ...off, enabled: true });
  expect(await bench.pay()).toMatchObject({ status: 'awaiting_scan' });
  const unknown = { ...off, deviceId: 'till-9' };
  await expect(bench.hub.devices.setEnabled(PERSON, unknown)).rejects.toMatchObject({
    problem: { code: 'device_unknown' },
  });
});
