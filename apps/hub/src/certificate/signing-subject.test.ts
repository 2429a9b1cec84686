import { expect, it } from 'vitest';
import { HubError } from '../hub-error.ts';
import { checkSubject } from './signing-subject.ts';

const good = {
  country: 'KZ',
  state: 'Almaty Province',
  locality: 'Almaty',
  organization: 'Contoso Ltd.',
  commonName: '203.0.113.5',
  email: 'it@contoso.kz',
};

it('takes a subject as annex 2 prints it [QR 3.9, annex 2]', () => {
  expect(checkSubject(good)).toEqual(good);
  expect(checkSubject({ ...good, organization: '  Contoso Ltd. ' }).organization).toBe('Contoso Ltd.');
});

it.each([
  ['organization', 'ТОО Контосо', 'Latin letters'],
  ['organization', '', 'must not be empty'],
  ['organization', 'x'.repeat(65), 'at most 64'],
  ['locality', 'Алматы', 'Latin letters'],
  ['country', 'Kz', 'two capital letters'],
  ['country', 'KAZ', 'at most 2'],
  ['commonName', 'https://hub.example.kz', 'a host name or an IP'],
  ['commonName', 'hub example', 'a host name or an IP'],
  ['email', 'it.contoso.kz', 'an e-mail address'],
] as const)('refuses %s "%s" with its flag and an example', (field, value, said) => {
  const check = () => checkSubject({ ...good, [field]: value });
  expect(check).toThrow(HubError);
  expect(check).toThrow(said);
  expect(check).toThrow(/--[a-z-]+: .*such as "/);
});
