import { dirname, resolve } from 'node:path';
import { BaseError, type ConfigSource, loadConfig } from '@tolem/base';
import { z } from 'zod';
import { kaspiSchema, withAbsoluteKaspiPaths } from './kaspi-config.ts';
import { webhooksSchema } from './webhook-config.ts';

/** `host:port`; an IPv6 host in brackets. Port 0 takes a free one. */
const address = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^\s:[\]]+):\d{1,5}$/, { error: 'an address such as 127.0.0.1:8443', abort: true })
  .refine((text) => parseAddress(text).port <= 65_535, 'a port of at most 65535');
const path = z.string().min(1).max(4096);
const ms = z
  .int()
  .min(1)
  .max(31 * 86_400_000);

/** Numbers that an installation or a test may change (`hub-settings.ts` tells what each means and its default). */
const intervals = z.strictObject({
  lateWatch: z
    .array(z.strictObject({ everyMs: ms, untilMs: ms }))
    .min(1)
    .max(10)
    .optional(),
  unreachableUnknownMs: ms.optional(),
  createWindowMs: ms.optional(),
  createClaimMs: ms.optional(),
  createWaitMs: ms.optional(),
  detailsReadMs: ms.optional(),
  cancelReadMs: ms.optional(),
  lateAcceptMs: ms.optional(),
  collectWithinMs: ms.optional(),
  watchRereadMs: ms.optional(),
  leaseMs: ms.optional(),
  renewMs: ms.optional(),
  refundSendByMs: ms.optional(),
  refundAnswerMs: ms.optional(),
  refundReadsMs: z.array(ms).min(1).max(10).optional(),
  refundWaitsMs: z.array(ms).min(1).max(10).optional(),
  refundCallerMs: ms.optional(),
  refundGiveUpMs: ms.optional(),
  refundScanSilenceMs: ms.optional(),
  refundSessionMs: ms.optional(),
  commandExpiryMs: ms.optional(),
  commandAnswerMs: ms.optional(),
  invoiceLifeMs: ms.optional(),
  invoiceReadsMs: z.array(ms).min(1).max(2).optional(),
  invoiceConcludeMs: ms.optional(),
  sweepMs: ms.optional(),
  reconnectingMs: ms.optional(),
  stopMs: ms.optional(),
  webhookTurnMs: ms.optional(),
  webhookRetriesMs: z.array(ms).min(1).max(20).optional(),
  webhookGiveUpMs: ms.optional(),
  /** How often the files of the bank's certificate are looked at for a change; default 5 s. */
  certificateWatchMs: ms.optional(),
});

export const hubConfigSchema = z
  .strictObject({
    dataDir: path.default('./data'),
    /** The chain's name in the agents' identities, `tolem://<chain>/<agentId>`. Never changed after the first agent. */
    chain: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'a name of a–z, 0–9, ".", "_" and "-"')
      .default('main'),
    http: z
      .strictObject({
        listen: address.default('127.0.0.1:8090'),
        /** Further names under which a proxy reaches the page, such as `hub.example.kz`. */
        hosts: z.array(z.string().min(1).max(255)).max(20).default([]),
      })
      .prefault({}),
    grpc: z.strictObject({ listen: address.default('127.0.0.1:8443'), advertise: address.optional() }).prefault({}),
    mqtt: z
      .strictObject({
        broker: z.string().default('embedded'),
        listen: address.default('127.0.0.1:8883'),
        advertise: address.optional(),
      })
      .prefault({})
      .refine((mqtt) => mqtt.broker === 'embedded', 'only "embedded" is supported by this version'),
    database: z
      .strictObject({ url: z.string().min(1).default('embedded'), passwordFile: path.optional() })
      .prefault({})
      .refine(
        (database) => !hasPassword(database.url),
        'no password in the URL: put it into a file and name it in passwordFile',
      ),
    kaspi: kaspiSchema,
    organizations: z
      .array(
        z.strictObject({
          bin: z.string().regex(/^\d{12}$/, '12 digits, in quotes'),
          name: z.string().min(1).max(200),
        }),
      )
      .min(1)
      .max(200)
      .refine((list) => new Set(list.map((one) => one.bin)).size === list.length, 'each BIN once'),
    webhooks: webhooksSchema,
    intervals: intervals.prefault({}),
    log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info') }).prefault({}),
  })
  .superRefine(({ kaspi, organizations }, context) => {
    if (kaspi.scheme === 3 || organizations.length === 1) return;
    const message = `under scheme ${kaspi.scheme} the bank's credentials belong to exactly one organisation`;
    context.addIssue({ code: 'custom', path: ['organizations'], message });
  });

export type HubConfig = z.output<typeof hubConfigSchema>;
export type { CertificateFiles, KaspiConfig } from './kaspi-config.ts';

/** Reads and validates the hub's configuration; every path in it is absolute afterwards (relative to the YAML file). */
export function loadHubConfig(source: Omit<ConfigSource, 'envPrefix'> & { cwd: string }): HubConfig {
  const config = loadConfig(hubConfigSchema, { ...source, envPrefix: 'TOLEM_HUB' });
  const base = source.file === undefined ? source.cwd : dirname(resolve(source.cwd, source.file));
  return withAbsolutePaths(config, (file) => resolve(base, file));
}

function withAbsolutePaths(config: HubConfig, absolute: (file: string) => string): HubConfig {
  const { passwordFile } = config.database;
  return {
    ...config,
    dataDir: absolute(config.dataDir),
    webhooks: config.webhooks.map((one) => ({ ...one, secretFile: absolute(one.secretFile) })),
    database: { ...config.database, ...(passwordFile === undefined ? {} : { passwordFile: absolute(passwordFile) }) },
    kaspi: withAbsoluteKaspiPaths(config.kaspi, absolute),
  };
}

export interface Address {
  host: string;
  port: number;
}

/** Splits `host:port`; brackets around IPv6 fall away. */
export function parseAddress(text: string): Address {
  const at = text.lastIndexOf(':');
  const port = Number(text.slice(at + 1));
  if (at < 1 || !Number.isInteger(port)) throw new BaseError('config_invalid', `not host:port: ${text}`);
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port };
}

export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function hasPassword(url: string): boolean {
  if (url === 'embedded') return false;
  try {
    const parsed = new URL(url);
    return parsed.password !== '' || parsed.searchParams.has('password');
  } catch {
    return false;
  }
}
