/** A number exactly as it stands in JSON text: int64 ids and `200.00` do not survive a JS number. */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;
const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => unknown;
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

/** Parses a body; every number becomes a `NumberText`. Gives `undefined` for what is no JSON object. */
export function readJsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value = parseWithSource(text, (_key, member, context) =>
      typeof member === 'number' ? new NumberText(context.source ?? String(member)) : member,
    );
    const isObject =
      typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Writes JSON with each `NumberText` as it stands. */
export function writeJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    member instanceof NumberText ? rawJson(member.text) : member,
  );
}

/** The digits of an int64 that came as a number or as a string; `undefined` for anything else. */
export function readInt64(value: unknown): string | undefined {
  const text = value instanceof NumberText ? value.text : value;
  return typeof text === 'string' && /^\d{1,19}$/.test(text) ? text : undefined;
}
