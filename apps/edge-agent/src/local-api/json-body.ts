import { doorProblem } from './door-problem.ts';

/** The largest body is a payment with a comment: well below a kilobyte. */
export const BODY_BYTES_MAX = 16 * 1024;
/** Our bodies are flat; a few levels leave room for what is added later. */
const DEPTH_MAX = 6;

/** JSON of a request's body; an empty one is `{}`. A byte order mark, which 1C writes unasked, is passed over. Throws `json_invalid`. */
export function parseJsonBody(body: string): unknown {
  const text = body.startsWith('\ufeff') ? body.slice(1) : body;
  if (text.trim() === '') return {};
  if (depthOf(text) > DEPTH_MAX)
    throw doorProblem('json_invalid', `the body is nested deeper than ${DEPTH_MAX} levels`);
  try {
    return JSON.parse(text);
  } catch {
    throw doorProblem('json_invalid', 'the body is not JSON');
  }
}

/** The deepest nesting of brackets outside strings, found without recursion. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isInString) {
      if (character === '\\') at++;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth);
    else if (character === '}' || character === ']') depth--;
  }
  return deepest;
}
