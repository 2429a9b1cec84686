import { expect, it } from 'vitest';
import { AssertionFailure, assert, unreachable } from './assert.ts';
import { BaseError, TolemError } from './base-error.ts';
import { ProblemError } from './problem.ts';

it('an operating error carries its code, ids and cause under the name of its class', () => {
  const cause = new Error('why');
  const error = new BaseError('aborted', 'stopped', { cause, ids: { paymentId: 'p1' } });
  expect(error).toBeInstanceOf(TolemError);
  expect(error).toMatchObject({ name: 'BaseError', code: 'aborted', ids: { paymentId: 'p1' }, cause });
  expect('cause' in new BaseError('aborted', 'stopped')).toBe(false);
});

it('a failed assertion is a bug, not an operating error, and shows the value that was not expected', () => {
  expect(() => assert(false, 'never')).toThrowError(AssertionFailure);
  expect(() => assert(1, 'fine')).not.toThrow();
  expect(() => unreachable({ amount: 5n } as never, 'state')).toThrowError('unhandled state: {"amount":"5"}');
});

it('a problem carries what callers are told', () => {
  const hint = { kk: 'к', ru: 'р', en: 'e' };
  const problem = { status: 409, code: 'key_used', detail: 'used', money: 'none', retry: 'never', hint } as const;
  expect(new ProblemError(problem).message).toBe('key_used: used');
});
