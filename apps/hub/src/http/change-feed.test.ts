import { expect, it } from 'vitest';
import { createFakeHubCore } from '../fake-hub-core.ts';
import { createChangeFeed } from './change-feed.ts';

const setUp = () => {
  const core = createFakeHubCore();
  return { core, feed: createChangeFeed(core, 'f1') };
};
const ids = (entries: Array<{ id: string }> | undefined) => entries?.map(({ id }) => id);

it('gives what came after an id, in order', () => {
  const { core, feed } = setUp();
  for (const caseId of ['a', 'b', 'c']) core.emit({ kind: 'case', caseId });
  expect(ids(feed.since('f1-1'))).toEqual(['f1-2', 'f1-3']);
  expect(ids(feed.since('f1-3'))).toEqual([]);
  expect(ids(feed.since('f1-0'))).toEqual(['f1-1', 'f1-2', 'f1-3']);
  expect(feed.head).toBe('f1-3');
});

it.each(['f2-1', 'f1-4', 'f1--1', 'f1-x', 'f1-1.5', ''])('does not pretend to know what came after "%s"', (id) => {
  const { core, feed } = setUp();
  core.emit({ kind: 'case', caseId: 'a' });
  expect(feed.since(id)).toBeUndefined();
});

it('forgets the oldest changes beyond a thousand', () => {
  const { core, feed } = setUp();
  for (let at = 0; at < 1_005; at++) core.emit({ kind: 'agent', agentId: 'till-1' });
  expect(feed.since('f1-4')).toBeUndefined();
  expect(feed.since('f1-5')).toHaveLength(1_000);
});

it('tells listeners until they leave', () => {
  const { core, feed } = setUp();
  const seen: string[] = [];
  const leave = feed.subscribe(({ id }) => seen.push(id));
  core.emit({ kind: 'case', caseId: 'a' });
  leave();
  core.emit({ kind: 'case', caseId: 'b' });
  expect(seen).toEqual(['f1-1']);
});
