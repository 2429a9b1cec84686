import { unverifiedTls } from './house.ts';
import { type Finding, findMatches, isScript, isUnder, type SourceFile } from './source-file.ts';

const emptyNames = /(^|[-./])(utils?|helpers?|common|manager)(?=[-./]|$)/;

/** A name says what a thing is; these say nothing. */
export function fileNames(files: readonly SourceFile[]): Finding[] {
  return files.flatMap(({ path }) => {
    const word = emptyNames.exec(path)?.[2];
    return word === undefined
      ? []
      : [{ path, line: 1, rule: 'name', message: `"${word}" says nothing: name the thing` }];
  });
}

/** No unfinished work, no `any`, no TLS without a check of the peer. */
export function bannedWords(files: readonly SourceFile[]): Finding[] {
  return files
    .filter(({ path }) => isScript(path) && !isUnder(path, ['scripts/tidy']))
    .flatMap((file) => [
      ...findMatches(file, file.text, /\b(TODO|FIXME|XXX)\b/g, 'word', '%: do it now or file an issue'),
      ...findMatches(file, file.code, /(:\s*any\b|\bas\s+any\b|<any>)/g, 'word', '"%": say what it is, or unknown'),
      ...findMatches(file, file.text, /@ts-(ignore|nocheck)\b/g, 'word', '% hides a fault'),
      ...(unverifiedTls.includes(file.path)
        ? []
        : findMatches(
            file,
            file.code,
            /\brejectUnauthorized\b['"]?\s*:\s*false/g,
            'word',
            '% is allowed nowhere here',
          )),
    ]);
}

/** Nothing of the machine it was written on: absolute paths of a home, the host of a package registry. */
export function workplaceWords(files: readonly SourceFile[]): Finding[] {
  return files
    .filter(({ path }) => !isUnder(path, ['scripts/tidy']))
    .flatMap((file) => [
      ...findMatches(
        file,
        file.text,
        /(?<![\w.@-])\/(root|work|Users)\/[\w.-]+/g,
        'workplace',
        '% is a path of one machine',
      ),
      ...findMatches(
        file,
        file.text,
        /\b(registry\.[a-z]+[a-z0-9.-]*\.[a-z]{2,}|[a-z0-9-]*artifactory[a-z0-9.-]*)/g,
        'workplace',
        '% is a host of a package registry',
      ),
    ]);
}
