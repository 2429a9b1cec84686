import { expect, it } from 'vitest';
import { idempotentRefundId } from './idempotency.ts';

const aigerim = { kind: 'person', name: 'aigerim' } as const;
const KEY = 'receipt-000000000000001';
const [one, two] = ['0190a0b0-0000-7000-8000-000000000001', '0190a0b0-0000-7000-8000-000000000002'] as const;

it('a key means one refund of one payment for one person, and always the same', () => {
  const id = idempotentRefundId(aigerim, one, KEY);
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(idempotentRefundId(aigerim, one, KEY)).toBe(id);
  expect(idempotentRefundId(aigerim, two, KEY)).not.toBe(id);
  expect(idempotentRefundId(aigerim, one, `${KEY}2`)).not.toBe(id);
  expect(idempotentRefundId({ ...aigerim, name: 'dana' }, one, KEY)).not.toBe(id);
});
