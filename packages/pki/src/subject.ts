/** A distinguished name; an empty or absent member is left out. Latin letters only for the bank [QR 3.9, annex 2]. */
export interface Subject {
  /** Two letters, `KZ`. */
  country?: string;
  state?: string;
  locality?: string;
  organization?: string;
  unit?: string;
  commonName?: string;
  email?: string;
}

const ATTRIBUTES: ReadonlyArray<readonly [keyof Subject, string]> = [
  ['country', 'C'],
  ['state', 'ST'],
  ['locality', 'L'],
  ['organization', 'O'],
  ['unit', 'OU'],
  ['commonName', 'CN'],
  ['email', 'E'],
];

/** The name in the form that `@peculiar/x509` takes, in the customary order. */
export function toJsonName(subject: Subject): Array<Record<string, string[]>> {
  return ATTRIBUTES.flatMap(([member, attribute]) => {
    const value = subject[member];
    return value ? [{ [attribute]: [value] }] : [];
  });
}

/** Reads the first value of each attribute by `getField`, as `@peculiar/x509` names offer it. */
export function fromFields(getField: (attribute: string) => string[]): Subject {
  const subject: Subject = {};
  for (const [member, attribute] of ATTRIBUTES) {
    const [value] = getField(attribute);
    if (value) subject[member] = value;
  }
  return subject;
}
