import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVirtualClock } from '@tolem/base';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createMetrics } from './prometheus.ts';

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: Array<{ expr: string; legendFormat: string }>;
}
interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string };
}

const read = (name: string) => readFileSync(join(import.meta.dirname, '../../../../docs/grafana', name), 'utf8');
const dashboard = JSON.parse(read('tolem-hub.json')) as { panels: Panel[] };
const { groups } = parse(read('alerts.yaml')) as { groups: Array<{ name: string; rules: Rule[] }> };
const rules = groups.flatMap((group) => group.rules);
const queries = [
  ...dashboard.panels.flatMap((panel) => (panel.targets ?? []).map(({ expr }) => ({ from: panel.title, expr }))),
  ...rules.map(({ alert, expr }) => ({ from: alert, expr })),
];

/** Series by name, with the labels that the README lists for them. */
const offered = new Map<string, Set<string>>();
beforeAll(async () => {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  const labelsOf = new Map(
    [...readme.matchAll(/^\| `(tolem_hub_\w+)` \| ([\w, ]*) \|/gm)].map(([, name = '', labels = '']) => [name, labels]),
  );
  const text = await createMetrics(createVirtualClock()).text();
  for (const [, name = '', type] of text.matchAll(/^# TYPE (\S+) (\w+)/gm)) {
    const labels = new Set(['instance', ...(labelsOf.get(name) ?? '').split(', ').filter((label) => label !== '')]);
    offered.set(name, labels);
    if (type !== 'histogram') continue;
    for (const part of ['sum', 'count']) offered.set(`${name}_${part}`, labels);
    offered.set(`${name}_bucket`, new Set([...labels, 'le']));
  }
});

describe.each(queries)('the query of "$from"', ({ expr }) => {
  const names = [...expr.matchAll(/\btolem_hub_\w+/g)].map(([name]) => name);

  it(`asks for series that the hub has: ${expr.slice(0, 60)}`, () => {
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect([...offered.keys()]).toContain(name);
  });
  it(`asks for labels that they have: ${expr.slice(0, 60)}`, () => {
    const all = new Set(names.flatMap((name) => [...(offered.get(name) ?? [])]));
    const selected = [...expr.matchAll(/(\w+)\s*(?:=~|!=|!~|=)\s*"/g)].map((match) => match[1] ?? '');
    const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap((match) => (match[1] ?? '').split(/,\s*/));
    for (const label of [...selected, ...grouped]) expect([...all]).toContain(label);
  });
  it(`closes what it opens: ${expr.slice(0, 60)}`, () => {
    for (const [open, close] of ['()', '{}', '[]'].map((pair) => [...pair])) {
      expect(expr.split(open ?? '').length).toBe(expr.split(close ?? '').length);
    }
  });
});

it('the panels have ids and places of their own', () => {
  expect(new Set(dashboard.panels.map((panel) => panel.id)).size).toBe(dashboard.panels.length);
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) => {
    expect(x + w).toBeLessThanOrEqual(24);
    return Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`);
  });
  expect(new Set(cells).size).toBe(cells.length);
});

it('the alerts have names of their own, a severity and a sentence', () => {
  expect(new Set(rules.map((rule) => rule.alert)).size).toBe(rules.length);
  for (const { labels, annotations } of rules) {
    expect(['page', 'ticket']).toContain(labels.severity);
    expect(annotations.summary.length).toBeGreaterThan(10);
  }
});
