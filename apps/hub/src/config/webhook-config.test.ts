import { expect, it } from 'vitest';
import { DEFAULT_EVENTS } from '../webhook/webhook.ts';
import { webhooksSchema } from './webhook-config.ts';

const read = (members: object) =>
  webhooksSchema.safeParse([{ id: 'shop', url: 'https://shop.example/', secretFile: 's', ...members }]);

it('tells how payments, refunds and cases end unless it is told otherwise', () => {
  expect(read({}).data?.[0]?.events).toEqual([...DEFAULT_EVENTS]);
  expect(read({ events: ['case.*', 'payment.paid', 'case.opened'] }).data?.[0]?.events).toEqual([
    'payment.paid',
    'case.opened',
    'case.closed',
  ]);
});

it('posts over TLS, or within this machine, and never with a password in the address', () => {
  for (const url of ['https://10.0.0.7/x', 'http://127.0.0.1:8080/', 'http://[::1]/', 'http://localhost:1/']) {
    expect(read({ url }).success).toBe(true);
  }
  for (const url of [
    'http://shop.example/',
    'http://10.0.0.7/',
    'http://127.0.0.1.evil.example/',
    'https://user:word@shop.example/',
    'https://user@shop.example/',
    'ftp://127.0.0.1/',
    'file:///etc/passwd',
    '//shop.example/',
    '',
  ]) {
    expect(read({ url }).success, url).toBe(false);
  }
});

it('refuses unknown events and keys, odd ids and the same id twice', () => {
  expect(read({ events: ['payment.done'] }).success).toBe(false);
  expect(read({ events: [] }).success).toBe(false);
  expect(read({ secret: 'x' }).success).toBe(false);
  expect(read({ id: 'Shop 1' }).success).toBe(false);
  const twice = { id: 'shop', url: 'https://shop.example/', secretFile: 's' };
  expect(webhooksSchema.safeParse([twice, twice]).success).toBe(false);
});
