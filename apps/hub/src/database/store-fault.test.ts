import pg from 'pg';
import { expect, test } from 'vitest';
import { HubError } from '../hub-error.ts';
import { isRetriable, leavesConnectionUsable, toStoreFault } from './store-fault.ts';

const answer = (code: string, members: { severity?: string; constraint?: string } = {}) =>
  Object.assign(new pg.DatabaseError('said so', 1, 'error'), { code, severity: 'ERROR', ...members });

test.each([
  ['23505', 'store_conflict'],
  ['23514', 'store_constraint'],
  ['23503', 'store_constraint'],
  ['23502', 'store_constraint'],
  ['22003', 'store_constraint'],
  ['22021', 'store_constraint'],
  ['54000', 'store_constraint'],
  ['57P01', 'store_unavailable'],
  ['57P03', 'store_unavailable'],
  ['53300', 'store_unavailable'],
  ['53100', 'store_unavailable'],
  ['55P03', 'store_unavailable'],
  ['57014', 'store_unavailable'],
  ['25P03', 'store_unavailable'],
  ['40P01', 'store_unavailable'],
  ['XX001', 'store_unavailable'],
])('the answer %s is %s', (sqlState, code) => {
  expect(toStoreFault(answer(sqlState, { constraint: 'c' }))).toMatchObject({ code, ids: { sqlState } });
});

test('a refusal names its constraint', () => {
  const fault = toStoreFault(answer('23505', { constraint: 'payment_bank_payment_id' }));
  expect(fault).toMatchObject({ ids: { constraint: 'payment_bank_payment_id' } });
});

test('an error in our own statement stays what it is', () => {
  const bug = answer('42601');
  expect(toStoreFault(bug)).toBe(bug);
});

test('a broken connection is unavailable, with what is known of the outcome', () => {
  const cause = new Error('Connection terminated unexpectedly');
  expect(toStoreFault(cause)).toMatchObject({ code: 'store_unavailable', cause, ids: { outcome: 'none' } });
  expect(toStoreFault(cause, 'unknown')).toMatchObject({ code: 'store_unavailable', ids: { outcome: 'unknown' } });
});

test('what is already in the words of the port is passed on', () => {
  const fault = new HubError('lease_lost', 'lapsed');
  expect(toStoreFault(fault, 'unknown')).toBe(fault);
});

test('only deadlocks and failed serialisation are run again', () => {
  expect(['40001', '40P01', '23505', '57P01'].map((code) => isRetriable(answer(code)))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(isRetriable(new Error('deadlock detected'))).toBe(false);
});

test('a connection is used again only after an ordinary refusal', () => {
  expect(leavesConnectionUsable(answer('23505'))).toBe(true);
  expect(leavesConnectionUsable(answer('57P01', { severity: 'FATAL' }))).toBe(false);
  expect(leavesConnectionUsable(new Error('Query read timeout'))).toBe(false);
});
