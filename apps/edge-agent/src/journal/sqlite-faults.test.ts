import { expect, test } from 'vitest';
import { onceMore } from './sqlite-faults.ts';

const fault = (errcode: number) => Object.assign(new Error('sqlite'), { errcode });
const failing = (times: number, errcode: number) => {
  let calls = 0;
  return () => {
    calls += 1;
    if (calls <= times) throw fault(errcode);
    return calls;
  };
};

test('a disk that could not be read once is read once more', () => {
  expect(onceMore(failing(1, 10))).toBe(2);
  // SQLITE_IOERR_READ: the primary code counts.
  expect(onceMore(failing(1, 266))).toBe(2);
});

test('a disk that cannot be read twice, and any other fault, is told', () => {
  expect(() => onceMore(failing(2, 10))).toThrow('sqlite');
  expect(() => onceMore(failing(1, 11))).toThrow('sqlite');
});
