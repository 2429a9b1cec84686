import { ProblemError } from '@tolem/base';
import { expect, it } from 'vitest';
import { parseJsonBody } from './json-body.ts';

it('reads JSON, and takes an empty body for an empty object', () => {
  expect(parseJsonBody('{"amount":"1.00"}')).toEqual({ amount: '1.00' });
  expect(parseJsonBody(' ')).toEqual({});
});

it('passes over the byte order mark that 1C writes before a text', () => {
  expect(parseJsonBody('\ufeff{"amount":"1.00"}')).toEqual({ amount: '1.00' });
  expect(parseJsonBody('\ufeff')).toEqual({});
});

it.each(['{', '\ufeff\ufeff{}', '[[[[[[[1]]]]]]]', 'NaN'])('refuses %j with a code', (text) => {
  expect(() => parseJsonBody(text)).toThrow(ProblemError);
});
