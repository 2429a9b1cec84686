import { parse } from 'yaml';
import type { z } from 'zod';
import { BaseError } from './base-error.ts';
import { readSmallFile } from './small-file.ts';

/** A configuration with every key and comment has 10 KB. */
const FILE_BYTES_MAX = 1_000_000;
/** A damaged file can hold thousands of faults and names without end; the first tell what there is to know. */
const PROBLEMS_MAX = 50;
const PROBLEM_CHARS_MAX = 300;
/** Warnings of the parser quote what it reads, which may be secret. */
const QUIET = { logLevel: 'error' } as const;

export interface ConfigSource {
  /** The YAML file; without one the configuration comes from the environment and the defaults alone. */
  file?: string;
  /** Prefix of environment variables that override keys: `TOLEM_HUB` makes `TOLEM_HUB__DATABASE__URL` = `database.url`. */
  envPrefix: string;
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads, overrides from the environment and validates a configuration.
 * Throws `config_unreadable` or `config_invalid` with every offending key's path and what was expected.
 */
export function loadConfig<Schema extends z.ZodType>(schema: Schema, source: ConfigSource): z.output<Schema> {
  const document = source.file === undefined ? {} : readYaml(source.file);
  const overrides: Array<{ path: string[]; text: string }> = [];
  for (const [name, text] of Object.entries(source.env)) {
    if (text === undefined || !name.startsWith(`${source.envPrefix}__`)) continue;
    const path = name.slice(source.envPrefix.length + 2).split('__');
    overrides.push({ path: setByPath(document, path, readOverride(text)), text });
  }
  let result = schema.safeParse(document);
  if (!result.success && keepTexts(document, overrides, result.error.issues)) result = schema.safeParse(document);
  if (result.success) return result.data;
  const problems = result.error.issues.slice(0, PROBLEMS_MAX).map((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? ` (${issue.keys.join(', ')})` : '';
    return `  ${issue.path.join('.') || '(root)'}: ${issue.message}${keys}`.slice(0, PROBLEM_CHARS_MAX);
  });
  throw new BaseError(
    'config_invalid',
    `the configuration${source.file ? ` ${source.file}` : ''} is not valid:\n${problems.join('\n')}`,
  );
}

function readYaml(file: string): Record<string, unknown> {
  let document: unknown;
  try {
    document = parse(readSmallFile(file, FILE_BYTES_MAX).toString('utf8'), QUIET) ?? {};
  } catch (cause) {
    throw new BaseError(
      'config_unreadable',
      // The first line only: what follows quotes the file, which may hold secrets.
      `cannot read the configuration ${file}: ${cause instanceof Error ? cause.message.split('\n')[0] : ''}`,
    );
  }
  if (!isRecord(document)) throw new BaseError('config_invalid', `the configuration ${file} must be a mapping of keys`);
  return document;
}

/**
 * The value of an environment variable: YAML for numbers, switches, lists and mappings; any other text as it stands, so that
 * a password may hold ` #`, `: ` or begin with `@`, and `0123` keeps its zero.
 */
function readOverride(text: string): unknown {
  let value: unknown;
  try {
    value = parse(text, QUIET) ?? '';
  } catch {
    return text;
  }
  const isQuoted = /^\s*["']/.test(text);
  if (typeof value === 'string') return isQuoted ? value : text;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value) === text.trim() ? value : text;
  return value;
}

/** Where the schema wants text and an override was read as something else (`12345678`), takes it as text; tells whether any. */
function keepTexts(
  document: Record<string, unknown>,
  overrides: Array<{ path: string[]; text: string }>,
  issues: ReadonlyArray<{ path: PropertyKey[]; code: string; expected?: unknown }>,
): boolean {
  const wanted = new Set(
    issues.filter((issue) => issue.expected === 'string').map((issue) => issue.path.map(String).join('.')),
  );
  const found = overrides.filter(({ path }) => wanted.has(path.join('.')));
  for (const { path, text } of found) setByPath(document, path, text);
  return found.length > 0;
}

/**
 * Sets `a.b.c` for the path of an environment variable, matching existing or camelCase keys without regard to case and `_`.
 * Gives back the keys that were set.
 */
function setByPath(document: Record<string, unknown>, path: string[], value: unknown): string[] {
  const [head = '', ...rest] = path;
  const wanted = head.toLowerCase().replaceAll('_', '');
  const key = Object.keys(document).find((candidate) => candidate.toLowerCase() === wanted) ?? camelCase(head);
  if (rest.length === 0) {
    document[key] = value;
    return [key];
  }
  const child = isRecord(document[key]) ? document[key] : {};
  document[key] = child;
  return [key, ...setByPath(child, rest, value)];
}

function camelCase(word: string): string {
  return word.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
