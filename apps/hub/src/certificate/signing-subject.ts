import type { Subject } from '@tolem/pki';
import { HubError } from '../hub-error.ts';

/** The fields of the bank's certificate request, in the order in which annex 2's dialogue asks for them. */
export const SUBJECT_FIELDS = [
  { name: 'country', flag: '--country', question: 'Country, two letters', example: 'KZ' },
  { name: 'state', flag: '--state', question: 'State or province', example: 'Almaty Province' },
  { name: 'locality', flag: '--locality', question: 'City', example: 'Almaty' },
  { name: 'organization', flag: '--organization', question: 'Legal name in Latin letters', example: 'Contoso Ltd.' },
  { name: 'commonName', flag: '--common-name', question: "The hub's host name or IP address", example: '203.0.113.5' },
  { name: 'email', flag: '--email', question: "Contact's e-mail", example: 'it@example.kz' },
] as const;

export type SubjectField = (typeof SUBJECT_FIELDS)[number]['name'];

/** X.520 upper bounds (RFC 5280 appendix A): 64 for names, 128 for places. */
const MAX_LENGTH: Record<SubjectField, number> = {
  country: 2,
  state: 128,
  locality: 128,
  organization: 64,
  commonName: 64,
  email: 128,
};

/** Printable ASCII: annex 2 asks for the English name or a Latin transliteration. */
const LATIN = /^[\x20-\x7e]+$/;
const HOST = /^(?=.{1,64}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** Checks the subject of a request to the bank [QR 3.9, annex 2]. Throws `usage` with the field's flag and what is expected. */
export function checkSubject(given: Partial<Record<SubjectField, string>>): Required<Pick<Subject, SubjectField>> {
  const value = (field: SubjectField): string => {
    const { flag, example } = SUBJECT_FIELDS.find(({ name }) => name === field) ?? { flag: field, example: '' };
    const text = given[field]?.trim() ?? '';
    const refuse = (expected: string) => new HubError('usage', `${flag}: ${expected}, such as "${example}"`);
    if (text === '') throw refuse('must not be empty');
    if (!LATIN.test(text)) throw refuse('Latin letters only');
    if (text.length > MAX_LENGTH[field]) throw refuse(`at most ${MAX_LENGTH[field]} characters`);
    if (field === 'country' && !/^[A-Z]{2}$/.test(text)) throw refuse('two capital letters');
    if (field === 'commonName' && !HOST.test(text)) throw refuse('a host name or an IP address');
    if (field === 'email' && !EMAIL.test(text)) throw refuse('an e-mail address');
    return text;
  };
  return {
    country: value('country'),
    state: value('state'),
    locality: value('locality'),
    organization: value('organization'),
    commonName: value('commonName'),
    email: value('email'),
  };
}
