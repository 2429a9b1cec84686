import { agentTopics, HUB_STATE_FILTER } from '@tolem/proto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mayConnectAs, mayPublish, maySubscribe } from './broker-rules.ts';

const own = agentTopics('till-1');
const state = { topic: own.state, payloadBytes: 10, qos: 1, retain: true };

it('lets an agent publish its state and its journal, and nothing else, whatever the topic', () => {
  expect(mayPublish('till-1', state).allowed).toBe(true);
  expect(mayPublish('till-1', { ...state, topic: own.journal, retain: false }).allowed).toBe(true);
  const part = fc.constantFrom(
    'tolem',
    'v1',
    'till-1',
    'till-2',
    'up',
    'dn',
    'state',
    'jrn',
    'ack',
    'hub',
    '+',
    '#',
    '',
    '..',
    '$SYS',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 7 }), fc.boolean(), (parts, retain) => {
      const topic = parts.join('/');
      const isOwn = topic === own.state || topic === own.journal;
      if (!isOwn) expect(mayPublish('till-1', { ...state, topic, retain }).allowed).toBe(false);
    }),
    { numRuns: 2_000 },
  );
});

it('grants only own dn topics by their plain names, and the states of the hubs', () => {
  expect(maySubscribe('till-1', own.ack).allowed).toBe(true);
  expect(maySubscribe('till-1', HUB_STATE_FILTER).allowed).toBe(true);
  // Names without end would fill the broker's memory.
  expect(maySubscribe('till-1', `${own.ack}s`).allowed).toBe(false);
  expect(maySubscribe('till-1', 'tolem/v1/till-1/dn/abcdef').allowed).toBe(false);
  const part = fc.constantFrom(
    'tolem',
    'v1',
    'till-1',
    'till-2',
    'up',
    'dn',
    'ack',
    'cmd',
    '+',
    '#',
    '',
    '$share',
    'g',
    'hub',
    'state',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const filter = parts.join('/');
      if (!maySubscribe('till-1', filter).allowed) return;
      expect(filter === HUB_STATE_FILTER || /^tolem\/v1\/till-1\/dn\/[a-z]+$/.test(filter)).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});

it.each([
  ['payload_too_large', { payloadBytes: 32 * 1024 + 1 }],
  ['qos_2', { qos: 2 }],
  ['retain_wrong', { retain: false }],
])('refuses a publish with %s', (reason, change) => {
  expect(mayPublish('till-1', { ...state, ...change })).toEqual({ allowed: false, reason });
});

it.each([
  ['client_id_not_own', { clientId: 'till-2', protocolVersion: 4 }],
  ['protocol_version', { clientId: 'till-1', protocolVersion: 5 }],
  ['will_not_own', { clientId: 'till-1', protocolVersion: 4, will: { ...state, topic: own.journal } }],
  ['retain_wrong', { clientId: 'till-1', protocolVersion: 4, will: { ...state, retain: false } }],
])('refuses a connection with %s', (reason, attempt) => {
  expect(mayConnectAs('till-1', attempt)).toEqual({ allowed: false, reason });
});
