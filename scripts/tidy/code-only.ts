/**
 * A small scanner of TypeScript: enough to tell code from comments, strings, templates and regular expressions, so
 * that the rules do not read prose. Blanked characters become spaces; lines stay where they are.
 */
type Kind = 'code' | 'comment' | 'string';

/** The text with comments and the insides of strings and regular expressions blanked. */
export function blankCommentsAndStrings(text: string): string {
  return blank(text, new Set<Kind>(['comment', 'string']));
}

export function blankComments(text: string): string {
  return blank(text, new Set<Kind>(['comment']));
}

function blank(text: string, unwanted: ReadonlySet<Kind>): string {
  let result = '';
  for (const { kind, start, end } of scan(text)) {
    const part = text.slice(start, end);
    result += unwanted.has(kind) ? part.replace(/[^\n]/g, ' ') : part;
  }
  return result;
}

interface Part {
  readonly kind: Kind;
  readonly start: number;
  readonly end: number;
}

/** Splits the text into parts that cover it without gaps. Quotes belong to the code, what is between to the string. */
function* scan(text: string): Generator<Part> {
  /** One entry for each template whose `${` is open: the depth of braces inside it. */
  const templates: number[] = [];
  let start = 0;
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at, at + 2);
    let kind: Kind = 'string';
    let end = -1;
    if (rest === '//') [kind, end] = ['comment', endOfLine(text, at)];
    else if (rest === '/*') [kind, end] = ['comment', after(text, '*/', at + 2)];
    else if (rest[0] === "'" || rest[0] === '"') end = endOfQuoted(text, at + 1, rest[0]);
    else if (rest[0] === '`' || (rest[0] === '}' && templates.at(-1) === 0)) end = endOfTemplate(text, at + 1);
    else if (rest[0] === '/' && startsRegExp(text, at)) end = endOfRegExp(text, at + 1);
    if (end === -1) {
      countBraces(rest[0], templates);
      at += 1;
      continue;
    }
    if (rest[0] === '}') templates.pop();
    if (kind === 'string' && text[end] === '$') templates.push(-1);
    const inside = kind === 'comment' ? at : at + 1;
    yield { kind: 'code', start, end: inside };
    yield { kind, start: inside, end };
    start = end;
    at = kind === 'comment' || text[end] === '$' ? end : end + 1;
  }
  yield { kind: 'code', start, end: text.length };
}

function countBraces(character: string | undefined, templates: number[]): void {
  const depth = templates.at(-1);
  if (depth === undefined) return;
  if (character === '{') templates[templates.length - 1] = depth + 1;
  if (character === '}') templates[templates.length - 1] = depth - 1;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found === -1 ? text.length : found + mark.length;
}

/** The index of the closing quote (or of the line's end, should it be missing). */
function endOfQuoted(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === quote || text[at] === '\n') return at;
  }
  return text.length;
}

/** The index of the closing backtick or of the `$` of the next `${`. */
function endOfTemplate(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '`' || (text[at] === '$' && text[at + 1] === '{')) return at;
  }
  return text.length;
}

function endOfRegExp(text: string, from: number): number {
  let isClass = false;
  for (let at = from; at < text.length && text[at] !== '\n'; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '[') isClass = true;
    else if (text[at] === ']') isClass = false;
    else if (text[at] === '/' && !isClass) return at;
  }
  return from;
}

/** A slash begins a regular expression where no value can have ended just before. */
function startsRegExp(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 200), at).trimEnd();
  return before === '' || /[([{,;:=!&|?+\-*%<>~^]$|\b(return|typeof|case|in|of|do|else|await|yield)$/.test(before);
}
