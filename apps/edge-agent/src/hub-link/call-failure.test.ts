import { Metadata, status } from '@grpc/grpc-js';
import { ProblemError } from '@tolem/base';
import { wire } from '@tolem/proto';
import { expect, it } from 'vitest';
import { EdgeError } from '../edge-error.ts';
import { fromCallFailure } from './call-failure.ts';

const refusal = (code: status, error: Partial<wire.CallError>): object => {
  const metadata = new Metadata();
  const bytes = wire.CallError.encode(wire.CallError.fromPartial({ money: 'none', retry: 'never', ...error })).finish();
  metadata.set('tolem-error-bin', Buffer.from(bytes));
  return { code, details: 'x', metadata };
};
const bare = (code: status): object => ({ code, details: 'x', metadata: new Metadata() });

const statuses = Object.values(status).filter((code): code is status => typeof code === 'number' && code !== status.OK);

it.each(statuses)('takes a failure with status %i and no word of the hub for no answer', (code) => {
  expect(fromCallFailure(bare(code), 'CreatePayment')).toMatchObject({ code: 'hub_unreachable', effect: 'possible' });
});

it.each([undefined, null, 'text', new Error('library'), { code: 99 }, { code: 'UNAVAILABLE' }])(
  'takes %j for no answer',
  (error) => {
    expect(fromCallFailure(error, 'CreatePayment')).toMatchObject({ code: 'hub_unreachable', effect: 'possible' });
  },
);

it.each([
  [status.FAILED_PRECONDITION, 'superseded', 'superseded'],
  [status.NOT_FOUND, 'payment_not_found', 'hub_not_found'],
  [status.NOT_FOUND, 'refund_not_found', 'hub_not_found'],
  [status.INTERNAL, 'internal', 'hub_unreachable'],
  [status.UNAVAILABLE, 'hub_stopping', 'hub_unreachable'],
] as const)('reads status %i with the word %s as %s', (code, word, expected) => {
  const error = fromCallFailure(refusal(code, { code: word }), 'CancelPayment');
  expect(error).toBeInstanceOf(EdgeError);
  expect(error).toMatchObject({ code: expected });
});

it.each([
  [status.INVALID_ARGUMENT, 'amount_invalid', 422],
  [status.NOT_FOUND, 'agent_not_found', 404],
  [status.ALREADY_EXISTS, 'payment_conflict', 409],
  [status.FAILED_PRECONDITION, 'customer_confirming', 409],
  [status.PERMISSION_DENIED, 'forbidden', 403],
  [status.UNAVAILABLE, 'bank_unavailable', 503],
  [status.RESOURCE_EXHAUSTED, 'busy', 503],
  [status.UNAUTHENTICATED, 'revoked', 502],
])('passes the refusal with status %i and the word %s on', (code, word, http) => {
  const error = fromCallFailure(refusal(code, { code: word, detail: 'why' }), 'CreatePayment');
  expect(error).toBeInstanceOf(ProblemError);
  expect(error).toMatchObject({ problem: { status: http, code: word, detail: 'why', money: 'none', retry: 'never' } });
});

it('gives every refusal a sentence in three languages, and says not to charge again where money may have moved', () => {
  for (const money of ['none', 'maybe', 'moved']) {
    for (const code of ['customer_confirming', 'never_heard_of', 'constructor']) {
      const error = fromCallFailure(refusal(status.FAILED_PRECONDITION, { code, money }), 'CreatePayment');
      if (!(error instanceof ProblemError)) throw error;
      const { kk, ru, en } = error.problem.hint;
      expect(Math.min(kk.length, ru.length, en.length)).toBeGreaterThan(10);
      if (code === 'never_heard_of' && money !== 'none') expect(en).toContain('Do not charge again');
    }
  }
});

it('reads words about money and repetition that it does not know in the careful way', () => {
  const error = fromCallFailure(
    refusal(status.UNAVAILABLE, { code: 'x', money: 'perhaps', retry: 'soon', retryAfterMs: 1_500n }),
    'CreatePayment',
  );
  expect(error).toMatchObject({ problem: { money: 'maybe', retry: 'never', retryAfterS: 2 } });
});

it('takes a CallError that cannot be read, or has no word, for no answer', () => {
  const garbage = new Metadata();
  garbage.set('tolem-error-bin', Buffer.from([0xff, 0xff, 0xff]));
  for (const error of [{ ...bare(status.FAILED_PRECONDITION), metadata: garbage }, refusal(status.ABORTED, {})]) {
    expect(fromCallFailure(error, 'CreatePayment')).toMatchObject({ code: 'hub_unreachable' });
  }
});
