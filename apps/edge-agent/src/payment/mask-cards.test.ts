import { expect, test } from 'vitest';
import { maskCards } from './mask-cards.ts';

test('whole card numbers are masked wherever they stand, references and other numbers are not', () => {
  const receipt = {
    cardMask: '4111 1111 1111 1111',
    status: 'card 5500005555555559 approved',
    rrn: '4111111111111111',
    authorizationCode: '123456',
    date: '24.01.20 18:40:23',
    bin: '180340021791',
  };
  expect(maskCards(receipt)).toEqual({
    ...receipt,
    cardMask: '411111******1111',
    status: 'card 550000******5559 approved',
  });
});
