import { expect, it } from 'vitest';
import { agentLines } from './agent-list.ts';

const agent = (id: string, members: Partial<Parameters<typeof agentLines>[0][number]> = {}) => ({
  id,
  name: 'Касса 1',
  storeName: 'Магазин 1',
  addedAt: '2026-01-01T00:00:00.000Z',
  presence: 'online' as const,
  health: [],
  ...members,
});
const layer = (state: 'ok' | 'warn' | 'fail', cause: string) => ({
  layer: 'terminal_port',
  subject: 'front',
  state,
  cause,
  detail: '',
  since: '2026-01-02T00:00:00.000Z',
});

it('says that there are none', () => {
  expect(agentLines([])).toEqual(['No agents yet.']);
});

it('names first who needs somebody, with what is wrong, and aligns the rest', () => {
  const lines = agentLines([
    agent('gone', { revokedAt: '2026-01-03T00:00:00.000Z' }),
    agent('well', {
      version: '0.1.0',
      health: [layer('ok', '')],
      certificateExpiresAt: '2029-02-24T10:00:00.000Z',
      journal: { epoch: 'e', upto: 7 },
      lastSeq: 7,
    }),
    agent('away', { presence: 'offline', presenceSince: '2026-01-02T00:00:00.000Z' }),
    agent('ill', { health: [layer('fail', 'unreachable')], journal: { epoch: 'e', upto: 7 }, lastSeq: 19 }),
  ]);
  expect(lines).toEqual([
    'ill   online   Касса 1, Магазин 1  fail: terminal_port front unreachable; 12 journal rows on their way',
    'away  offline  Касса 1, Магазин 1  since 2026-01-02T00:00:00.000Z',
    'well  online   Касса 1, Магазин 1  version 0.1.0; certificate until 2029-02-24',
    'gone  revoked  Касса 1, Магазин 1  since 2026-01-03T00:00:00.000Z',
  ]);
});
