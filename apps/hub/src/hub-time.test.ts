import { createVirtualClock } from '@tolem/base';
import { expect, it } from 'vitest';
import { createHubTime } from './hub-time.ts';

it('follows the database forwards, stands still where it is behind, and knows no wall clock', async () => {
  const clock = createVirtualClock(1_000_000);
  const time = createHubTime(clock);
  time.anchor(500_000);
  expect(time.nowMs()).toBe(500_000);
  clock.jumpWall(3_600_000);
  await clock.advance(10);
  expect(time.nowMs()).toBe(500_010);
  time.anchor(500_060);
  expect(time.nowMs()).toBe(500_060);
  time.anchor(500_000);
  expect(time.nowMs()).toBe(500_060);
  await clock.advance(50);
  expect(time.nowMs()).toBe(500_060);
  await clock.advance(50);
  expect(time.nowMs()).toBe(500_100);
});
