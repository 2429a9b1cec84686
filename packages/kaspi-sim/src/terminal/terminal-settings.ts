import { z } from 'zod';

/** One simulated terminal in the configuration. Times are seconds; fractions are allowed, for tests. */
export const terminalSettingsSchema = z
  .object({
    id: z.string().regex(/^[A-Za-z0-9_-]{1,40}$/),
    listen: z.string().default('127.0.0.1:0'),
    api: z.enum(['v1', 'v2']).default('v2'),
    serial: z.string().default('PP35271808000001'),
    posNumber: z.string().default('1'),
    bankTerminalId: z
      .string()
      .default('31013787')
      .describe("The bank's number of the terminal, in cheques and deviceinfo"),
    waitS: z.number().positive().default(180).describe('Until the terminal gives up waiting for the customer'),
    confirmS: z.number().positive().default(60).describe('What a scanned code adds for the confirmation'),
    stepS: z.number().min(0).default(0.7).describe('Between two sub-statuses; 0 makes every step at once'),
    pairingWaitS: z.number().positive().default(180),
    protection: z.boolean().default(true).describe('«Защита интеграции»: off answers without a token'),
    allowPairing: z.boolean().default(false).describe('Allows every pairing by itself, for demonstrations'),
    expirationFormat: z.enum(['numeric', 'words']).default('numeric'),
    storeName: z.string().default('Tolem Demo'),
    city: z.string().default('Казахстан, г. Алматы,'),
    address: z.string().default('Ауэзова, 65'),
    bin: z.string().default('180340021791'),
  })
  .strict();

export type TerminalSettings = z.output<typeof terminalSettingsSchema>;
export type TerminalSettingsInput = z.input<typeof terminalSettingsSchema>;
