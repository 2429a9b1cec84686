import { sourceLinesMax, testLinesMax } from './house.ts';
import { type Finding, isScript, isTest, isUnder, type Rule, type SourceFile } from './source-file.ts';

/** Files allowed above the limit → their present number of lines. */
export type Ratchet = Readonly<Record<string, number>>;

/** At the limit a file has two subjects. Those in the ratchet may be larger, and may only shrink. */
export function fileSize(ratchet: Ratchet): Rule {
  return (files) => [
    ...files.filter(isMeasured).flatMap((file) => sizeFinding(file, ratchet[file.path])),
    ...leftOver(files, ratchet),
  ];
}

/** The ratchet after everything that shrank; it never grows by itself. */
export function tightened(files: readonly SourceFile[], ratchet: Ratchet): Ratchet {
  const sizes = new Map(files.filter(isMeasured).map((file) => [file.path, countLines(file.text)]));
  const kept = Object.entries(ratchet)
    .map(([path, allowed]) => [path, Math.min(allowed, sizes.get(path) ?? 0)] as const)
    .filter(([path, lines]) => lines > limitOf(path));
  return Object.fromEntries(kept);
}

function sizeFinding(file: SourceFile, allowed: number | undefined): Finding[] {
  const lines = countLines(file.text);
  const limit = allowed ?? limitOf(file.path);
  const at = { path: file.path, line: lines, rule: 'size' };
  if (lines > limit) return [{ ...at, message: `${lines} lines, at most ${limit}: name the second subject and split` }];
  if (allowed !== undefined && lines < allowed) {
    return [{ ...at, message: `shrank from ${allowed} to ${lines} lines, well done: node scripts/tidy.ts --tighten` }];
  }
  return [];
}

function leftOver(files: readonly SourceFile[], ratchet: Ratchet): Finding[] {
  const paths = new Set(files.map((file) => file.path));
  return Object.keys(ratchet)
    .filter((path) => !paths.has(path))
    .map((path) => ({ path, line: 1, rule: 'size', message: 'is gone: node scripts/tidy.ts --tighten' }));
}

function isMeasured(file: SourceFile): boolean {
  return isScript(file.path) && !/(^|\/)(locales|fixtures)\//.test(file.path);
}

function limitOf(path: string): number {
  return isTest(path) && !isUnder(path, ['test/support', 'test/product']) ? testLinesMax : sourceLinesMax;
}

function countLines(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}
