import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { blankCommentsAndStrings } from './code-only.ts';
import { findImports, type Import } from './imports.ts';

/** A text file of the repository as the rules see it. */
export interface SourceFile {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
  /** The text with the insides of comments and strings blanked; same length, same lines. */
  readonly code: string;
  readonly imports: readonly Import[];
}

/** What a rule has to say about a place. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

/** A house rule: reads all files, returns what breaks it. */
export type Rule = (files: readonly SourceFile[]) => Finding[];

/** `.git` is a file in a linked worktree. */
const skippedFolders = new Set(['.git', '.tools', '.turbo', 'node_modules', 'out', 'data', 'gen']);
const textFiles =
  /(\.(ts|mts|js|mjs|json|md|ya?ml|html|css|svg|proto|sql|sh|toml|txt)|(^|\/)(run|pnpm|LICENSE|\.[a-z]+))$/;

/** Every text file under `root`, without what is installed, generated or built. */
export function readSourceFiles(root: string): SourceFile[] {
  return listFiles(root, root).map((path) => createSourceFile(path, readFileSync(join(root, path), 'utf8')));
}

export function createSourceFile(path: string, text: string): SourceFile {
  if (!isScript(path)) return { path, text, code: '', imports: [] };
  return { path, text, code: blankCommentsAndStrings(text), imports: findImports(text) };
}

export function isScript(path: string): boolean {
  return /\.(ts|mts|js|mjs)$/.test(path);
}

export function isTest(path: string): boolean {
  return path.startsWith('test/') || path.endsWith('.test.ts');
}

export function isUnder(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
}

/** One finding for each match of `pattern` (global) in `text`, which has the lines of the file. */
export function findMatches(file: SourceFile, text: string, pattern: RegExp, rule: string, message: string): Finding[] {
  return [...text.matchAll(pattern)].map((match) => ({
    path: file.path,
    line: lineAt(text, match.index),
    rule,
    message: message.replace('%', match[0].trim()),
  }));
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

function listFiles(root: string, folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (skippedFolders.has(entry.name)) return [];
      if (entry.isDirectory()) return listFiles(root, path);
      return entry.isFile() && textFiles.test(entry.name) ? [relative(root, path)] : [];
    })
    .sort();
}
