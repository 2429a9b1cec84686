import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EVENT_TYPES } from '../event/hub-event.ts';
import { signatureOf } from '../webhook-sender/signature.ts';
import { DEFAULT_EVENTS } from './webhook.ts';

const DOCS = readFileSync(join(import.meta.dirname, '../../../../docs/webhooks.md'), 'utf8');

it('the documentation names every type of event, and which are told by default', () => {
  const rows = [...DOCS.matchAll(/^\| ((?:`[a-z_.]+`(?:, )?)+) \|.*\| (yes)? ?\|$/gm)].map(
    ([, types = '', isDefault]) => ({
      types: [...types.matchAll(/`([a-z_.]+)`/g)].map((match) => match[1] ?? ''),
      isDefault: isDefault === 'yes',
    }),
  );
  expect(rows.flatMap((row) => row.types)).toEqual([...EVENT_TYPES]);
  expect(rows.filter((row) => row.isDefault).flatMap((row) => row.types)).toEqual([...DEFAULT_EVENTS]);
});

it('the documentation shows the signature of the example that the tests sign', () => {
  const body =
    '{"id":"018f0000-0000-7000-8000-000000000001","type":"webhook.test","at":"2026-01-15T06:00:00.000Z","note":"чек"}';
  expect(DOCS).toContain(signatureOf(body, 1_768_456_800, ['tolem-example-secret-0123456789abcdef']));
});
