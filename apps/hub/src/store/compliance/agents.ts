import { describe, expect, it } from 'vitest';
import type { AgentRecord } from '../agent-rows.ts';
import type { DeviceRecord } from '../device-rows.ts';
import { sampleAgent, sampleDevice } from './sample-rows.ts';
import { type InOwnTransaction, type StoreWorld, whoWaits } from './store-world.ts';

export function describeAgents(world: () => StoreWorld): void {
  const inTx: InOwnTransaction = (run) => world().store.transaction(run);

  describe('an agent', () => {
    it('comes back with every member as it was given', async () => {
      const full: Required<AgentRecord> = {
        ...sampleAgent({ agentId: 'till-1' }),
        revokedAtMs: 1,
        revokedBy: 'anna',
        revokeReason: 'stolen',
        certificateSerial: '0a',
        certificateExpiresAtMs: 2,
        spkiSha256: 'ff',
        session: 3,
        boot: 'boot',
        hostFingerprint: 'host',
        version: '0.1.0',
        quarantine: 'clone_suspected',
        online: true,
        stopping: true,
        stateAtMs: 4,
        health: [{ layer: 'terminal', subject: 't1', state: 'fail', cause: 'no_answer', detail: 'касса', sinceMs: 5 }],
        lastSeq: 6,
      };
      expect(await inTx((tx) => tx.agents.insert(full))).toBe(true);
      expect(await inTx((tx) => tx.agents.get('till-1'))).toEqual(full);
      const plain = sampleAgent({ agentId: 'till-1', name: 'Касса 2' });
      expect(await inTx((tx) => tx.agents.insert(plain))).toBe(false);
      await inTx((tx) => tx.agents.save(plain));
      expect(await inTx((tx) => tx.agents.get('till-1', { lock: true }))).toStrictEqual(plain);
      expect(await inTx((tx) => tx.agents.get('till-9'))).toBeUndefined();
    });
    it('is listed among all by id', async () => {
      await inTx(async (tx) => {
        for (const agentId of ['till-2', 'Till-3', 'till-10']) await tx.agents.insert(sampleAgent({ agentId }));
      });
      const listed = await inTx((tx) => tx.agents.list());
      expect(listed.map((one) => one.agentId)).toEqual(['Till-3', 'till-10', 'till-2']);
    });
    it('that is locked makes the next one wait', async () => {
      await inTx((tx) => tx.agents.insert(sampleAgent({ agentId: 'till-1' })));
      const { order, seen } = await whoWaits(
        world(),
        (tx) => tx.agents.get('till-1', { lock: true }),
        (tx) => tx.agents.save(sampleAgent({ agentId: 'till-1', session: 5 })),
        (tx) => tx.agents.get('till-1', { lock: true }),
      );
      expect(order).toEqual(['holder is done', 'waiter has it']);
      expect(seen?.session).toBe(5);
    });
    it('has the sessions of its boots remembered, each boot once', async () => {
      await inTx((tx) => tx.agents.addBoot('till-1', 'boot-a', 1));
      await inTx((tx) => tx.agents.addBoot('till-2', 'boot-a', 7));
      expect(await inTx((tx) => tx.agents.sessionOf('till-1', 'boot-a'))).toBe(1);
      expect(await inTx((tx) => tx.agents.sessionOf('till-1', 'boot-b'))).toBeUndefined();
      await expect(inTx((tx) => tx.agents.addBoot('till-1', 'boot-a', 2))).rejects.toMatchObject({
        code: 'store_conflict',
        ids: { constraint: 'agent_boot_pkey' },
      });
    });
  });

  describe('a device', () => {
    const wish = sampleDevice({ agentId: 'till-1', deviceId: 'slot-1' });
    const registered: Required<Omit<DeviceRecord, 'refusal'>> = { ...wish, deviceToken: '12', registeredAtMs: 2000 };

    it('is put, replaced and found by its agent and by its organisation', async () => {
      await inTx((tx) => tx.devices.put(wish));
      expect(await inTx((tx) => tx.devices.get('till-1', 'slot-1'))).toStrictEqual(wish);
      await inTx((tx) => tx.devices.put(registered));
      expect(await inTx((tx) => tx.devices.get('till-1', 'slot-1'))).toStrictEqual(registered);
      expect(await inTx((tx) => tx.devices.holderOf(wish.organizationBin, 'slot-1'))).toStrictEqual(registered);
      expect(await inTx((tx) => tx.devices.holderOf('1', 'slot-1'))).toBeUndefined();
      expect(await inTx((tx) => tx.devices.get('till-2', 'slot-1'))).toBeUndefined();
    });
    it('of an organisation has one holder', async () => {
      await inTx((tx) => tx.devices.put(wish));
      await inTx((tx) => tx.devices.put({ ...wish, agentId: 'till-2', organizationBin: '000000000002' }));
      await expect(inTx((tx) => tx.devices.put({ ...wish, agentId: 'till-3' }))).rejects.toMatchObject({
        code: 'store_conflict',
        ids: { constraint: 'device_of_organization' },
      });
    });
    it('is forgotten while it is a wish, and never once it is registered', async () => {
      await inTx((tx) => tx.devices.put({ ...wish, refusal: 'no such trade point' }));
      await inTx((tx) => tx.devices.removeWish('till-1', 'slot-1'));
      expect(await inTx((tx) => tx.devices.get('till-1', 'slot-1'))).toBeUndefined();
      await inTx((tx) => tx.devices.removeWish('till-1', 'slot-1'));
      await inTx((tx) => tx.devices.put(registered));
      await inTx((tx) => tx.devices.removeWish('till-1', 'slot-1'));
      expect(await inTx((tx) => tx.devices.get('till-1', 'slot-1'))).toStrictEqual(registered);
    });
    it('is listed by its agent, and as a wish until it has a token or a refusal', async () => {
      await inTx(async (tx) => {
        const put = (deviceId: string, members: Partial<DeviceRecord>) =>
          tx.devices.put(sampleDevice({ agentId: 'till-1', deviceId, ...members }));
        await put('slot-1', { requestedAtMs: 1 });
        await put('slot-2', { requestedAtMs: 2, refusal: 'no such trade point' });
        await put('slot-3', { requestedAtMs: 3, deviceToken: '12' });
        await put('slot-4', { requestedAtMs: 4 });
        await put('slot-5', { requestedAtMs: 5 });
      });
      const listed = await inTx((tx) => tx.devices.listOf('till-1'));
      expect(listed.map((one) => one.deviceId)).toEqual(['slot-1', 'slot-2', 'slot-3', 'slot-4', 'slot-5']);
      const wishes = await inTx((tx) => tx.devices.wishes(2));
      expect(wishes.map((one) => one.deviceId)).toEqual(['slot-1', 'slot-4']);
      expect(await inTx((tx) => tx.devices.listOf('till-2'))).toEqual([]);
    });
  });
}
