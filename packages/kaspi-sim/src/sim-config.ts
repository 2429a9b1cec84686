import { z } from 'zod';
import { bankSettingsSchema } from './bank/bank-settings.ts';
import { terminalSettingsSchema } from './terminal/terminal-settings.ts';

/** The simulator's configuration; every key is optional. Environment variables `KASPI_SIM__BANK__LISTEN=…` override the file. */
export const simConfigSchema = z
  .object({
    dataDir: z.string().default('./data-sim'),
    /** Of the random misbehaviour, where a script gives none. */
    seed: z.int().default(1),
    bank: bankSettingsSchema.prefault({}),
    terminals: z.array(terminalSettingsSchema).default([]),
    pages: z
      .object({ listen: z.string().default('127.0.0.1:8180') })
      .strict()
      .prefault({}),
  })
  .strict();

export type SimConfig = z.output<typeof simConfigSchema>;
export type SimConfigInput = z.input<typeof simConfigSchema>;
