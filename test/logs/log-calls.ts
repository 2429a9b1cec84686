import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/program.ts';

export interface LogCall {
  level: string;
  message: string;
  file: string;
}

const CALL = /\blog(?:\.(debug|info|warn|error)|\[[^\]]*\])\(/g;

/** Every message that the sources of these folders write themselves, with its level; `varies` where the code chooses it. */
export function logCallsIn(folders: readonly string[]): LogCall[] {
  return folders.flatMap((folder) =>
    globSync(join(ROOT, folder, '**/*.ts'))
      .filter((file) => !file.endsWith('.test.ts'))
      .flatMap((file) => callsIn(readFileSync(file, 'utf8'), file.slice(ROOT.length + 1))),
  );
}

function callsIn(text: string, file: string): LogCall[] {
  return [...text.matchAll(CALL)].flatMap((match) => {
    const level = match[1] ?? 'varies';
    const last = lastArgument(text, match.index + match[0].length);
    return [...last.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g)]
      .map(([, single, double]) => (single ?? double ?? '').replaceAll("\\'", "'"))
      .map((message) => ({ level, message, file }));
  });
}

/** The text of a call's last argument, `from` just behind its opening bracket. */
function lastArgument(text: string, from: number): string {
  let depth = 0;
  let start = from;
  for (let at = from; at < text.length; at++) {
    const sign = text[at] ?? '';
    if ('\'"`'.includes(sign)) at = endOfText(text, at, sign);
    else if ('([{'.includes(sign)) depth += 1;
    else if (sign === ',' && depth === 0 && text.slice(at + 1).trimStart()[0] !== ')') start = at + 1;
    else if (')]}'.includes(sign) && depth-- === 0) return text.slice(start, at);
  }
  return '';
}

function endOfText(text: string, from: number, quote: string): number {
  let at = from + 1;
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1;
  return at;
}
