import { NumberText, readJsonObject, writeJson } from '../bank/wire-json.ts';
import { isMasked } from './mask-secrets.ts';
import type { RecordedRequest } from './recording-file.ts';

/**
 * In what one call differs from a recorded one: a line for each member of query or body, nothing where they are the same.
 * Masked members need only be there; `ignored` ones (in small letters) need not even that. `200` and `200.00` are one number.
 */
export function compareRequests(
  made: RecordedRequest,
  recorded: RecordedRequest,
  ignored: ReadonlySet<string>,
): string[] {
  const members = (request: RecordedRequest) => ({ ...prefixed('?', request.query), ...bodyMembers(request.body) });
  const [now, then] = [members(made), members(recorded)];
  const names = [...new Set([...Object.keys(then), ...Object.keys(now)])];
  return names.flatMap((name) => {
    const bare = name.replace(/^\?/, '');
    if (ignored.has(bare.toLowerCase()) || now[name] === then[name]) return [];
    if (now[name] === undefined) return [`${name} is missing, the recording has ${then[name]}`];
    if (then[name] === undefined) return [`${name} is ${now[name]}, the recording has none`];
    return isMasked(bare) ? [] : [`${name} is ${now[name]}, the recording has ${then[name]}`];
  });
}

function prefixed(prefix: string, members: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [prefix + name, value]));
}

/** A JSON object's members as text, any other body as one member. */
function bodyMembers(body: string): Record<string, string> {
  if (body === '') return {};
  const object = readJsonObject(body);
  if (!object) return { body };
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, valueText(value)]));
}

function valueText(value: unknown): string {
  if (value instanceof NumberText) return value.text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
  return writeJson(value);
}
