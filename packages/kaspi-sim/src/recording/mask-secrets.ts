import type { RecordedRequest } from './recording-file.ts';

/**
 * Takes secrets and people out of what is recorded: Api-Key, device tokens, access and refresh tokens, telephones, customers' names,
 * cards. The same secret becomes the same mask wherever it stands in one recording, in the same JSON type and form, so that a
 * replayed session fits together.
 */
export interface Mask {
  /** A body, JSON or nearly so: every other byte stays as it was. */
  text(body: string): string;
  request(request: RecordedRequest): RecordedRequest;
}

type Secret = 'apiKey' | 'deviceToken' | 'accessToken' | 'phone' | 'name' | 'card';

/** Members of bodies, queries and headers that hold a secret, in small letters. */
const SECRET_MEMBERS: Readonly<Record<string, Secret>> = {
  'api-key': 'apiKey',
  devicetoken: 'deviceToken',
  accesstoken: 'accessToken',
  refreshtoken: 'accessToken',
  phonenumber: 'phone',
  clientname: 'name',
  cardmask: 'card',
};

/** Free texts in which a telephone may stand. */
const FREE_TEXTS = new Set(['comment', 'message', 'externalid']);

export function isMasked(member: string): boolean {
  return member.toLowerCase() in SECRET_MEMBERS;
}

const MEMBER = /"([\w-]+)"(\s*:\s*)("(?:[^"\\]|\\.)*"|-?\d+)/g;
const TELEPHONE = /(?<!\d)(?:\+?7|8)?7\d{9}(?!\d)/g;

export function createMask(): Mask {
  const known = new Map<string, number>();
  const countOf = new Map<Secret, number>();
  const mask = (secret: Secret, value: string): string => {
    const key = `${secret} ${secret === 'phone' ? value.replaceAll(/\D/g, '').slice(-10) : value}`;
    let number = known.get(key);
    if (number === undefined) {
      number = (countOf.get(secret) ?? 0) + 1;
      countOf.set(secret, number);
      known.set(key, number);
    }
    return value === '' ? '' : maskOf(secret, value, number);
  };
  const free = (text: string) => text.replaceAll(TELEPHONE, (phone) => mask('phone', phone));
  const value = (member: string, text: string): string => {
    const secret = SECRET_MEMBERS[member.toLowerCase()];
    if (secret) return mask(secret, text);
    return FREE_TEXTS.has(member.toLowerCase()) ? free(text) : text;
  };
  const valuesOf = (members: Record<string, string>) =>
    Object.fromEntries(Object.entries(members).map(([name, text]) => [name, value(name, text)]));
  const text = (body: string) =>
    body.replaceAll(MEMBER, (whole, member: string, colon: string, literal: string) => {
      const isText = literal.startsWith('"');
      const masked = value(member, isText ? unquote(literal) : literal);
      const isSame = masked === (isText ? unquote(literal) : literal);
      return isSame ? whole : `"${member}"${colon}${isText ? JSON.stringify(masked) : masked}`;
    });
  return {
    text,
    request: (request) => ({
      ...request,
      query: valuesOf(request.query),
      headers: valuesOf(request.headers),
      body: text(request.body),
    }),
  };
}

function maskOf(secret: Secret, value: string, number: number): string {
  const guid = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  switch (secret) {
    case 'apiKey':
      return `test_${guid}`;
    case 'deviceToken':
      return /^\d+$/.test(value) ? String(900_000_000 + number) : guid;
    case 'accessToken':
      return `masked-${number}`;
    case 'phone': {
      const ten = `700${String(number).padStart(7, '0')}`;
      return value.replaceAll(/\D/g, '').length > 10 ? `8${ten}` : ten;
    }
    case 'name':
      return `Клиент ${number}`;
    case 'card':
      return `000000******${String(number).padStart(4, '0')}`;
  }
}

function unquote(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal.slice(1, -1);
  }
}
