import { packageDependencies, testDependencies } from './house.ts';
import { isRelative, libraryOf, resolveRelative } from './imports.ts';
import { type Finding, isTest, isUnder, type Rule, type SourceFile } from './source-file.ts';

const folders = Object.keys(packageDependencies);

/** The package folder that a path lies in. */
export function packageOf(path: string): string | undefined {
  return folders.find((folder) => isUnder(path, [folder]));
}

/** Packages import only the packages below them, only through their entry points, and never by a relative path. */
export function packageDirection(subpaths: ReadonlySet<string>): Rule {
  return (files) => files.flatMap((file) => fileFindings(file, subpaths));
}

/** Every specifier that a package offers: its name and the subpaths of its `exports`. */
export function exportedSpecifiers(files: readonly SourceFile[]): Set<string> {
  const manifests = files.filter((file) => /^(packages|apps)\/[^/]+\/package\.json$/.test(file.path));
  const specifiers = manifests.flatMap((file) => {
    const { name, exports = {} } = JSON.parse(file.text) as { name: string; exports?: Record<string, unknown> };
    return Object.keys(exports).map((subpath) => `${name}${subpath.slice(1)}`);
  });
  return new Set(specifiers);
}

function fileFindings(file: SourceFile, subpaths: ReadonlySet<string>): Finding[] {
  const from = packageOf(file.path);
  if (from === undefined) return [];
  const allowed = [...(packageDependencies[from] ?? []), ...(isTest(file.path) ? (testDependencies[from] ?? []) : [])];
  return file.imports.flatMap(({ specifier, line }) => {
    const message = isRelative(specifier)
      ? relativeFault(from, resolveRelative(file.path, specifier))
      : packageFault(from, specifier, allowed, subpaths);
    return message === undefined ? [] : [{ path: file.path, line, rule: 'direction', message }];
  });
}

function relativeFault(from: string, target: string): string | undefined {
  if (isUnder(target, [from])) return undefined;
  return `${from} reaches into ${packageOf(target) ?? target} by a relative path: import the package by its name`;
}

function packageFault(
  from: string,
  specifier: string,
  allowed: readonly string[],
  subpaths: ReadonlySet<string>,
): string | undefined {
  if (!specifier.startsWith('@tolem/')) return undefined;
  const name = libraryOf(specifier);
  if (!allowed.includes(name)) return `${from} must not import ${name}`;
  return subpaths.has(specifier) ? undefined : `deep import of ${specifier}: only what its package.json exports`;
}
