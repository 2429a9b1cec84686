import { describe, expect, it } from 'vitest';
import { DEFAULT_INTERVALS } from '../hub-settings.ts';
import { nextDelivery } from './delivery-machine.ts';
import { DELIVERY_STATES, type Delivery } from './webhook.ts';

const HOUR = 3_600_000;
const middle = { bytes: () => new Uint8Array(), fraction: () => 0.5 };
const rules = (nowMs: number) => ({ retriesMs: [5_000, 60_000], giveUpMs: 72 * HOUR, nowMs, random: middle });
const delivery: Delivery = {
  position: 1,
  endpointId: 'shop',
  eventId: 'e1',
  type: 'payment.paid',
  subject: 'p1',
  body: '{}',
  atMs: 1000,
  state: 'waiting',
  attempts: 0,
  sinceMs: 1000,
  nextAtMs: 1000,
};
const taken = { isTaken: true, answer: '204' };
const refused = { isTaken: false, answer: '500' };

describe('a waiting delivery', () => {
  it('that is taken is delivered', () => {
    expect(nextDelivery(delivery, taken, rules(9000))).toEqual({
      ...delivery,
      state: 'delivered',
      attempts: 1,
      lastAnswer: '204',
      triedAtMs: 9000,
      deliveredAtMs: 9000,
    });
  });
  it('that is not taken waits longer after every failure, and for ever as long as the last pause named', () => {
    for (const fraction of [0, 0.5, 0.999]) {
      const random = { ...middle, fraction: () => fraction };
      const pauses: number[] = [];
      let one = delivery;
      for (let count = 0; count < 4; count++) {
        const failed = nextDelivery(one, refused, { ...rules(one.nextAtMs), random });
        pauses.push(Math.round((failed.nextAtMs - one.nextAtMs) / (0.8 + 0.4 * fraction)));
        one = failed;
      }
      expect(pauses).toEqual([5_000, 60_000, 60_000, 60_000]);
      expect(one).toMatchObject({ state: 'waiting', attempts: 4, lastAnswer: '500' });
    }
  });
  it('that was hastened often does not wait longer for it', () => {
    expect(nextDelivery({ ...delivery, attempts: 50 }, refused, rules(1000)).nextAtMs).toBe(6_000);
  });
  it('is given up by a failure after the limit, counted from its event or its replay, and not before', () => {
    const limitMs = 1000 + 72 * HOUR;
    expect(nextDelivery(delivery, refused, rules(limitMs - 1)).state).toBe('waiting');
    expect(nextDelivery(delivery, refused, rules(limitMs)).state).toBe('given_up');
    expect(nextDelivery(delivery, taken, rules(limitMs)).state).toBe('delivered');
    expect(nextDelivery({ ...delivery, sinceMs: limitMs }, refused, rules(limitMs)).state).toBe('waiting');
  });
  it('spreads its pauses by a fifth', () => {
    const pauseAt = (fraction: number) =>
      nextDelivery(delivery, refused, { ...rules(0), random: { ...middle, fraction: () => fraction } }).nextAtMs;
    expect([pauseAt(0), pauseAt(0.5), pauseAt(1)]).toEqual([4_000, 5_000, 6_000]);
  });
});

it('nothing but a waiting delivery is attempted', () => {
  for (const state of DELIVERY_STATES.filter((one) => one !== 'waiting')) {
    for (const outcome of [taken, refused]) {
      expect(() => nextDelivery({ ...delivery, state }, outcome, rules(9000))).toThrow(/only a waiting/);
    }
  }
});

it('by default tries for three days, with pauses that grow from seconds to half a day', () => {
  const { webhookRetriesMs, webhookGiveUpMs } = DEFAULT_INTERVALS;
  expect(webhookGiveUpMs).toBe(72 * HOUR);
  expect([...webhookRetriesMs].sort((a, b) => a - b)).toEqual(webhookRetriesMs);
  expect([webhookRetriesMs[0], webhookRetriesMs.at(-1)]).toEqual([5_000, 12 * HOUR]);
});
