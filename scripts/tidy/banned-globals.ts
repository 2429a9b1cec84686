import { type Finding, findMatches, isTest, isUnder, type SourceFile } from './source-file.ts';

/** Not preceded by a dot or a name: `clock.setTimeout` and `mySetTimeout` are somebody else's. `globalThis.` is none. */
const own = String.raw`(?<![\w$#]|(?<!\bglobalThis)\.)`;
const time: readonly RegExp[] = [
  new RegExp(String.raw`${own}Date\.now\b`, 'g'),
  new RegExp(String.raw`${own}new\s+Date\s*(?:\(\s*\)|(?!\s*\())`, 'g'),
  new RegExp(String.raw`${own}performance\.now\b`, 'g'),
  new RegExp(String.raw`${own}process\.hrtime\b`, 'g'),
];
const timers: readonly RegExp[] = [
  new RegExp(String.raw`${own}set(?:Timeout|Interval|Immediate)\s*\(`, 'g'),
  new RegExp(String.raw`${own}AbortSignal\.timeout\b`, 'g'),
];
const randomness: readonly RegExp[] = [new RegExp(String.raw`${own}Math\.random\b`, 'g'), /\brandomUUID\b/g];
const surroundings: readonly RegExp[] = [
  new RegExp(String.raw`${own}process\.env\b`, 'g'),
  new RegExp(String.raw`${own}console\s*\.`, 'g'),
];

/** Time, randomness, settings and output come through ports; the globals appear where the ports are made. */
export function bannedGlobals(files: readonly SourceFile[]): Finding[] {
  return files.filter((file) => !isExempt(file.path)).flatMap(fileFindings);
}

function fileFindings(file: SourceFile): Finding[] {
  const patterns = isTest(file.path)
    ? [...timers, ...randomness.slice(0, 1)]
    : [...time, ...timers, ...randomness, ...surroundings];
  const globals = patterns.flatMap((pattern) =>
    findMatches(file, file.code, pattern, 'global', '% is banned here: take it from a port of @tolem/base'),
  );
  const imports = file.imports
    .filter(({ specifier }) => /^node:(timers|console)\b/.test(specifier))
    .map(({ specifier, line }) => ({
      path: file.path,
      line,
      rule: 'global',
      message: `${specifier} is banned here: take it from a port of @tolem/base`,
    }));
  return [...globals, ...imports];
}

/** Ports and their users outside the product; `docs/examples` holds programs that stand alone. */
const OUTSIDE = [
  'packages/base',
  'packages/till-client/src/delay.ts',
  'scripts',
  'test',
  'docs/examples',
  'vitest.config.ts',
];

/** Where ports are made (the till's client has its own), where programs begin, and what runs in a browser or around the product. */
function isExempt(path: string): boolean {
  if (isUnder(path, OUTSIDE)) return true;
  if (/\.(db|net|process)\.test\.ts$/.test(path)) return true;
  return /(^|\/)(main\.ts|bin\/[^/]+|pages\/.+\.m?js|public\/.+\.m?js)$/.test(path);
}
