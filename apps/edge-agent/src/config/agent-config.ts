import { dirname, join, resolve } from 'node:path';
import { loadConfig, Money } from '@tolem/base';
import { z } from 'zod';
import { DEFAULT_INTERVALS, type EdgeIntervals } from '../edge-settings.ts';
import { isAddressOrNet, isLoopback, parseListenAddress } from './listen-address.ts';

/** 30 days, so that no interval outlives what anybody would wait for, nor overflows a timer's arithmetic. */
const LONGEST_INTERVAL_MS = 30 * 24 * 60 * 60 * 1000;
/** More terminals than any one till has; the limit keeps a mistake from opening hundreds of connections. */
const TERMINALS_MAX = 16;

const listen = z
  .string()
  .refine((text) => parseListenAddress(text) !== undefined, 'expected an address and a port such as 127.0.0.1:8088');
const hostAndPort = z.string().regex(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, 'expected host:port');
const money = z
  .string({ error: 'expected an amount in tenge in quotes such as "50000.00"' })
  .regex(/^\d{1,12}(\.\d{1,2})?$/, 'expected an amount in tenge such as "50000.00"')
  .transform((text) => Money.parse(text));
const duration = z
  .string({ error: 'expected a time such as 30m, 24h or 14d' })
  .regex(/^\d{1,4}(s|m|h|d)$/, 'expected a time such as 30m, 24h or 14d')
  .transform((text) => Number(text.slice(0, -1)) * (UNITS_MS[text.at(-1) ?? ''] ?? 0));
const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const id = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'expected 1–63 characters of a–z, 0–9, ".", "_" and "-"');

const refunds = z.strictObject({
  /** `own_payments`: those that this agent made; `none`: no refunds at this till. */
  scope: z.enum(['own_payments', 'none']).default('own_payments'),
  /** Counted from the payment. */
  within: duration.default(UNITS_MS.d ?? 0),
  /** The most that one payment may give back here. */
  max: money.default(Money.fromTenge(50_000)),
});

const localApi = z
  .strictObject({
    listen: listen.default('127.0.0.1:8088'),
    /** Must be said before the API listens on an address that other machines can reach. */
    lan: z.boolean().default(false),
    refunds: refunds.prefault({}),
    /** Cashiers with their PINs (`tolem-agent pin set`); `cashiers.json` in the data folder unless it is said. */
    cashierPinFile: z.string().min(1).optional(),
  })
  .refine(
    (api) => api.lan || isLoopback(parseListenAddress(api.listen)?.host ?? ''),
    'listens beyond this machine: say `lan: true` as well if that is meant',
  );

const terminal = z.strictObject({
  id,
  address: hostAndPort,
  api: z.enum(['auto', 'v1', 'v2']).default('auto'),
  /** The authority of the terminal's certificate, a PEM file. */
  ca: z.string().min(1).optional(),
  serverName: z.string().min(1).max(253).optional(),
  /** `false`: before the terminal's authority is known; its serial number is checked all the same. */
  verify: z.boolean().optional(),
  /** What the terminal shows when it is paired. */
  name: z.string().min(1).max(64).optional(),
  serial: z.string().min(1).max(64).optional(),
});

/** More tills than one terminal could serve. */
const ALLOW_MAX = 32;
const addressOrNet = z.string().refine(isAddressOrNet, 'expected an IP address or a network such as 192.168.1.0/24');

const posCompat = z.strictObject({
  /** 8080 is the port that old till software has built in. */
  listen: listen.default('127.0.0.1:8080'),
  /** The terminal that it stands for; may be left out where there is one. */
  terminal: id.optional(),
  /** Who may knock: an old till cannot carry a token. */
  allow: z.array(addressOrNet).min(1).max(ALLOW_MAX).default(['127.0.0.1']),
});

const intervalMs = z.number().int().min(1).max(LONGEST_INTERVAL_MS).optional();
const intervals = z.strictObject(
  Object.fromEntries(Object.keys(DEFAULT_INTERVALS).map((name) => [name, intervalMs])) as Record<
    keyof EdgeIntervals,
    typeof intervalMs
  >,
);

const agentKeys = z.strictObject({
  dataDir: z.string().min(1).default('./data'),
  localApi: localApi.prefault({}),
  /** Instead of the addresses in the bundle. */
  hub: z
    .strictObject({
      grpc: hostAndPort,
      mqtt: z.string().regex(/^mqtts:\/\/[^/]+:\d{1,5}$/, 'expected mqtts://host:port; there is no mode without TLS'),
    })
    .optional(),
  terminals: z
    .array(terminal)
    .max(TERMINALS_MAX)
    .default([])
    .refine((list) => new Set(list.map((one) => one.id)).size === list.length, 'two terminals have the same id')
    .refine(
      (list) => new Set(list.map((one) => one.address.toLowerCase())).size === list.length,
      'two terminals have the same address',
    ),
  /** The v1 LAN API of a terminal, for till software that was written for one; off when absent. */
  posCompat: posCompat.optional(),
  /** Time limits of the core by name; see `edge-settings.ts` for what each is. */
  intervals: intervals.prefault({}),
  journal: z.strictObject({ keepDays: z.number().int().min(1).max(3650).default(35) }).prefault({}),
  log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info') }).prefault({}),
});

/** The terminal that the drop-in API stands for: the one that is named, or the only one. */
export function posCompatTerminal({
  posCompat: door,
  terminals,
}: Pick<z.output<typeof agentKeys>, 'posCompat' | 'terminals'>): string | undefined {
  const only = terminals.length === 1 ? terminals[0] : undefined;
  const named = door?.terminal === undefined ? only : terminals.find((one) => one.id === door.terminal);
  return named?.id;
}

const agentConfigSchema = agentKeys.refine((config) => !config.posCompat || posCompatTerminal(config) !== undefined, {
  path: ['posCompat', 'terminal'],
  message: 'expected the id of one of `terminals`',
});

type Written = z.output<typeof agentConfigSchema>;
export type AgentConfig = Written & { localApi: Written['localApi'] & { cashierPinFile: string } };

/**
 * Paths in the file are relative to the file; `dataDir` given here wins. Throws `config_unreadable` or `config_invalid`
 * with the path of every offending key and what was expected.
 */
export function loadAgentConfig(source: {
  file?: string;
  dataDir?: string;
  env: Readonly<Record<string, string | undefined>>;
}): AgentConfig {
  const config = loadConfig(agentConfigSchema, {
    envPrefix: 'TOLEM_AGENT',
    env: source.env,
    ...(source.file === undefined ? {} : { file: source.file }),
  });
  const folder = source.file === undefined ? '.' : dirname(source.file);
  const dataDir = resolve(source.dataDir ?? resolve(folder, config.dataDir));
  const { cashierPinFile } = config.localApi;
  return {
    ...config,
    dataDir,
    localApi: {
      ...config.localApi,
      cashierPinFile: cashierPinFile === undefined ? join(dataDir, 'cashiers.json') : resolve(folder, cashierPinFile),
    },
    terminals: config.terminals.map((one) => (one.ca === undefined ? one : { ...one, ca: resolve(folder, one.ca) })),
  };
}
