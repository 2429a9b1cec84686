import { isRelative, resolveRelative } from './imports.ts';
import type { Finding, SourceFile } from './source-file.ts';

/** No file imports itself by way of others. Type-only imports vanish before the program runs and do not count. */
export function importCycles(files: readonly SourceFile[]): Finding[] {
  const targets = new Map(files.map((file) => [file.path, relativeTargets(file)]));
  const done = new Set<string>();
  return files.flatMap((file) => {
    const cycle = findCycle(file.path, targets, [], done);
    if (cycle === undefined) return [];
    return [{ path: cycle[0] ?? file.path, line: 1, rule: 'cycle', message: `import cycle: ${cycle.join(' → ')}` }];
  });
}

function relativeTargets(file: SourceFile): string[] {
  return file.imports
    .filter(({ specifier, isTypeOnly }) => isRelative(specifier) && !isTypeOnly)
    .map(({ specifier }) => resolveRelative(file.path, specifier));
}

/** Depth first; `done` holds the files whose every way has been walked. */
function findCycle(
  path: string,
  targets: ReadonlyMap<string, readonly string[]>,
  trail: readonly string[],
  done: Set<string>,
): string[] | undefined {
  const seenAt = trail.indexOf(path);
  if (seenAt !== -1) return [...trail.slice(seenAt), path];
  if (done.has(path)) return undefined;
  for (const target of targets.get(path) ?? []) {
    const cycle = findCycle(target, targets, [...trail, path], done);
    if (cycle !== undefined) {
      done.add(path);
      return cycle;
    }
  }
  done.add(path);
  return undefined;
}
