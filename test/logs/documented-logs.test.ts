import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../support/program.ts';
import { logCallsIn } from './log-calls.ts';

const DOCS = readFileSync(join(ROOT, 'docs/logs.md'), 'utf8');
const SOURCES = ['apps/hub/src', 'apps/edge-agent/src', 'packages/kaspi-core/src'];

const documented = [...DOCS.matchAll(/^\| `(.+?)` \| (\w+) \|/gm)].map(([, message = '', level = '']) => ({
  message,
  level,
}));
/** Events of payments, refunds and cases: their levels stand in tables of the code (`event-log.ts`, `life-log.ts`). */
const LIFE = /^(payment|refund|case)\.\w+$/;
const written = logCallsIn(SOURCES).filter(({ level, message }) => level !== 'debug' && !LIFE.test(message));
const nameOf = ({ level, message }: { level: string; message: string }) => `${level}: ${message}`;

test('docs/logs.md lists every line that hub and agent write, with its level, and no other', () => {
  expect(written.length).toBeGreaterThan(50);
  const listed = documented.filter(({ message }) => !LIFE.test(message));
  expect([...new Set(written.map(nameOf))].sort()).toEqual([...new Set(listed.map(nameOf))].sort());
});

test('docs/logs.md lists the events of payments, refunds and cases with the levels of hub and agent', () => {
  const life = documented.filter(({ message }) => LIFE.test(message));
  const hub = readFileSync(join(ROOT, 'apps/hub/src/event/event-log.ts'), 'utf8');
  const ofHub = [...hub.matchAll(/^ {2}'([a-z_.]+)': '(\w+)',$/gm)].map(([, message, level]) => ({ message, level }));
  expect(life).toEqual(ofHub);
  const agent = readFileSync(join(ROOT, 'apps/edge-agent/src/record/life-log.ts'), 'utf8');
  for (const kind of ['PAYMENT', 'REFUND']) {
    const table = agent.slice(agent.indexOf(`const ${kind}_LEVELS`)).split('};')[0] ?? '';
    const rows = [...table.matchAll(/^ {2}(\w+): '(\w+)',$/gm)];
    expect(rows.length).toBeGreaterThan(5);
    for (const [, status, level] of rows) {
      expect(life).toContainEqual({ message: `${kind.toLowerCase()}.${status}`, level });
    }
  }
});
