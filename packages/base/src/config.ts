import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { z } from 'zod';
import { BaseError } from './base-error.ts';

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
  for (const [name, value] of Object.entries(source.env)) {
    if (value === undefined || !name.startsWith(`${source.envPrefix}__`)) continue;
    setByPath(document, name.slice(source.envPrefix.length + 2).split('__'), parse(value) ?? '');
  }
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? ` (${issue.keys.join(', ')})` : '';
    return `  ${issue.path.join('.') || '(root)'}: ${issue.message}${keys}`;
  });
  throw new BaseError(
    'config_invalid',
    `the configuration${source.file ? ` ${source.file}` : ''} is not valid:\n${problems.join('\n')}`,
  );
}

function readYaml(file: string): Record<string, unknown> {
  let document: unknown;
  try {
    document = parse(readFileSync(file, 'utf8')) ?? {};
  } catch (cause) {
    throw new BaseError(
      'config_unreadable',
      `cannot read the configuration ${file}: ${cause instanceof Error ? cause.message : ''}`,
      { cause },
    );
  }
  if (!isRecord(document)) throw new BaseError('config_invalid', `the configuration ${file} must be a mapping of keys`);
  return document;
}

/** Sets `a.b.c` for the path of an environment variable, matching existing or camelCase keys without regard to case and `_`. */
function setByPath(document: Record<string, unknown>, path: string[], value: unknown): void {
  const [head = '', ...rest] = path;
  const wanted = head.toLowerCase().replaceAll('_', '');
  const key = Object.keys(document).find((candidate) => candidate.toLowerCase() === wanted) ?? camelCase(head);
  if (rest.length === 0) {
    document[key] = value;
    return;
  }
  const child = isRecord(document[key]) ? document[key] : {};
  document[key] = child;
  setByPath(child, rest, value);
}

function camelCase(word: string): string {
  return word.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
