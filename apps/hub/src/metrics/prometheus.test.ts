import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVirtualClock } from '@tolem/base';
import { expect, it } from 'vitest';
import { createMetrics } from './prometheus.ts';

const README = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');

it('offers exactly the series that the README lists', async () => {
  const text = await createMetrics(createVirtualClock()).text();
  const offered = [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1] ?? '');
  const own = offered.filter((name) => !/^tolem_hub_(process|nodejs)_/.test(name));
  const listed = [...README.matchAll(/^\| `(tolem_hub_\w+)`/gm)].map((match) => match[1] ?? '');
  expect(own.sort()).toEqual(listed.sort());
});

it('counts by the labels that a series has, and never fails for others', async () => {
  const { meter, doors, text } = createMetrics(createVirtualClock());
  meter.count('payments_ended', { method: 'qr', status: 'paid', surprise: 'x' });
  meter.count('payments_ended', { method: 'qr', status: 'paid' });
  meter.count('lease_lost');
  doors.callStarted('grpc', 'CreatePayment')('ok');
  const shown = await text();
  expect(shown).toContain('tolem_hub_payments_ended_total{method="qr",status="paid"} 2');
  expect(shown).toContain('tolem_hub_lease_lost_total 1');
  expect(shown).toContain('tolem_hub_call_seconds_count{door="grpc",method="CreatePayment",outcome="ok"} 1');
});
