import { blankComments } from './code-only.ts';

/** One import or re-export of a module. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
  readonly isTypeOnly: boolean;
}

const patterns = [
  /^[ \t]*(?:import|export)\s+(?<clause>[\w$*{},\s]*?)\bfrom\s*['"](?<specifier>[^'"\n]+)['"]/gm,
  /^[ \t]*import\s*['"](?<specifier>[^'"\n]+)['"]/gm,
  /\b(?:import|import\.meta\.resolve|require)\s*\(\s*['"](?<specifier>[^'"\n]+)['"]/g,
];

/** Finds static, dynamic and re-exporting imports, in the order of the text. */
export function findImports(text: string): Import[] {
  const code = blankComments(text);
  return patterns
    .flatMap((pattern) => [...code.matchAll(pattern)])
    .map((match) => ({
      specifier: match.groups?.specifier ?? '',
      line: code.slice(0, match.index + match[0].length).split('\n').length,
      isTypeOnly: /^type\b(?!\s*,)\s*\S/.test(match.groups?.clause ?? ''),
    }))
    .sort((a, b) => a.line - b.line);
}

/** `@scope/name` or `name` of a bare specifier, `node:fs` of `node:fs/promises`. */
export function libraryOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

export function isRelative(specifier: string): boolean {
  return specifier.startsWith('.');
}

/** The repository path that a relative specifier in `from` names. */
export function resolveRelative(from: string, specifier: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}
