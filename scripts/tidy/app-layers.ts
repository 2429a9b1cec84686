import { apps, domainMayImport, ioModules } from './house.ts';
import { type Import, isRelative, libraryOf, resolveRelative } from './imports.ts';
import { type Finding, isTest, isUnder, type SourceFile } from './source-file.ts';

type Layer = 'main' | 'adapter' | 'domain';

/** Inside an app: main → adapters → domain. Tests may do as they need. */
export function appLayers(files: readonly SourceFile[]): Finding[] {
  return Object.keys(apps).flatMap((app) =>
    files
      .filter((file) => isUnder(file.path, [`${app}/src`]) && !isTest(file.path))
      .flatMap((file) => fileFindings(app, file)),
  );
}

function fileFindings(app: string, file: SourceFile): Finding[] {
  return file.imports.flatMap((one) => {
    const message = layerFault(app, file.path, one);
    return message === undefined ? [] : [{ path: file.path, line: one.line, rule: 'layers', message }];
  });
}

function layerFault(app: string, path: string, { specifier }: Import): string | undefined {
  const layer = layerOf(app, path);
  if (isRelative(specifier)) {
    const target = resolveRelative(path, specifier);
    const targetLayer = layerOf(app, target);
    if (targetLayer === 'main' && layer !== 'main') return `${target} wires the app: nothing else imports it`;
    if (layer === 'domain' && targetLayer === 'adapter')
      return `the domain must not know the adapter ${target}: use a port`;
    return undefined;
  }
  if (specifier === 'vitest' && isSuite(path)) return undefined;
  return layer === 'domain' && !isWelcomeInDomain(specifier)
    ? `the domain must not import ${specifier}: use a port, or name this folder as an adapter in scripts/tidy/house.ts`
    : undefined;
}

/** A port's compliance suite lies beside the port and is run by the tests of its implementations. */
function isSuite(path: string): boolean {
  return path.endsWith('-compliance.ts') || path.includes('/compliance/');
}

function isWelcomeInDomain(specifier: string): boolean {
  if (specifier.startsWith('node:')) return !ioModules.includes(specifier.slice('node:'.length).split('/')[0] ?? '');
  return domainMayImport.includes(libraryOf(specifier));
}

function layerOf(app: string, path: string): Layer {
  const { main = [], adapters = [] } = apps[app] ?? {};
  const under = (folders: readonly string[]) =>
    isUnder(
      path,
      folders.map((folder) => `${app}/${folder}`),
    );
  // The entry point of the package offers what others start: it belongs to main.
  if (under(main) || path === `${app}/src/index.ts`) return 'main';
  return under(adapters) ? 'adapter' : 'domain';
}
