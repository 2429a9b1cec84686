import { isBuiltin } from 'node:module';
import { librariesAnywhere, librariesInTests, libraryHomes } from './house.ts';
import { isRelative, libraryOf } from './imports.ts';
import { type Finding, isTest, isUnder, type SourceFile } from './source-file.ts';

/** Each external library is imported in the folders that are its home, and nowhere else. */
export function libraryHome(files: readonly SourceFile[]): Finding[] {
  const governed = files.filter((file) => isUnder(file.path, ['packages', 'apps']));
  return governed.flatMap((file) =>
    file.imports.flatMap(({ specifier, line }) => {
      const message = homeFault(file.path, specifier);
      return message === undefined ? [] : [{ path: file.path, line, rule: 'library', message }];
    }),
  );
}

function homeFault(path: string, specifier: string): string | undefined {
  if (isRelative(specifier) || specifier.startsWith('@tolem/')) return undefined;
  const library = libraryOf(specifier);
  const homes = libraryHomes[library] ?? libraryHomes[`${library.split('/')[0]}/`];
  if (homes === undefined) {
    if (isBuiltin(specifier) || librariesAnywhere.includes(library)) return undefined;
    return `${library} has no home yet: name its folder in scripts/tidy/house.ts`;
  }
  if (isUnder(path, homes)) return undefined;
  if (isTest(path) && isUnder(path, librariesInTests[library] ?? [])) return undefined;
  return `${library} lives only in ${homes.join(', ') || 'test'}`;
}
