import { z } from 'zod';
import { EXPIRED_WORDS } from './purchase-machine.ts';
import { SCHEMES } from './scheme.ts';

const tradePointSchema = z
  .object({
    id: z.coerce.string().regex(/^\d{1,18}$/),
    name: z.string().min(1),
    /** Off: 990000018. */
    enabled: z.boolean().default(true),
    /** Off: 990000026. */
    acceptsQr: z.boolean().default(true),
    /** Empty: 990000033. */
    paymentMethods: z.array(z.string()).default(['Gold', 'Red', 'Loan']),
    city: z.string().default('Алматы'),
    address: z.string().default('Ауэзова, 65'),
  })
  .strict();

export type SimTradePoint = z.output<typeof tradePointSchema>;
export const tradePointPatchSchema = tradePointSchema
  .pick({ enabled: true, acceptsQr: true, paymentMethods: true })
  .partial();
export type TradePointPatch = z.output<typeof tradePointPatchSchema>;

const organizationSchema = z
  .object({
    bin: z.coerce.string().regex(/^\d{12}$/, '12 digits of a BIN or IIN'),
    name: z.string().default('ТОО «Мысал»'),
    tradePoints: z.array(tradePointSchema).default([]),
  })
  .strict();

const schemeSchema = z.literal(SCHEMES);
const seconds = z.number().min(0.001).max(31_536_000);

/** What may be changed while the simulator runs. */
const behaviour = {
  pollIntervalS: seconds,
  scanWaitS: seconds,
  confirmWaitS: seconds,
  invoiceLifeS: seconds,
  refundSessionS: seconds.describe('How long a customer who scanned a refund code stays known (scheme 2)'),
  expiredWord: z.enum(EXPIRED_WORDS).describe('What an unscanned code shows after its window'),
  partialRefunds: z.boolean().describe('Off: a part of a purchase answers -990000020'),
  hugeIds: z.boolean().describe('Every third purchase gets an id above 2^53'),
  deviceTokens: z.enum(['guid', 'number']).describe('The document shows both'),
  keepsDeadTokens: z.boolean().describe('Registering a deleted device again gives its dead token (-1502)'),
  emulation: z.boolean().describe("The test stand's test/payment/* methods"),
  v02: z.boolean().describe('/v02/payment/status with the amount charged'),
  badCertificate: z.enum(['code', 'http', 'cut']).describe('What a caller without a valid certificate meets'),
};

export const behaviourPatchSchema = z.object(behaviour).partial().strict();
export type BehaviourPatch = z.output<typeof behaviourPatchSchema>;

export const bankSettingsSchema = z
  .object({
    pollIntervalS: behaviour.pollIntervalS.default(5),
    scanWaitS: behaviour.scanWaitS.default(180),
    confirmWaitS: behaviour.confirmWaitS.default(65),
    invoiceLifeS: behaviour.invoiceLifeS.default(86_400),
    refundSessionS: behaviour.refundSessionS.default(900),
    expiredWord: behaviour.expiredWord.default('QrTokenCreated'),
    partialRefunds: behaviour.partialRefunds.default(true),
    hugeIds: behaviour.hugeIds.default(false),
    deviceTokens: behaviour.deviceTokens.default('guid'),
    keepsDeadTokens: behaviour.keepsDeadTokens.default(true),
    emulation: behaviour.emulation.default(true),
    v02: behaviour.v02.default(true),
    badCertificate: behaviour.badCertificate.default('code'),
    scheme: schemeSchema.default(3),
    /** Absent: the document's port of the scheme on loopback, 8543, 8544 or 8545. */
    listen: z.string().optional(),
    /** Further doors to the same bank, devices and purchases, each of its own scheme. */
    listeners: z.array(z.object({ scheme: schemeSchema, listen: z.string().optional() }).strict()).default([]),
    /** Scheme 1; absent: made once and kept in `dataDir/api-key`. */
    apiKey: z.string().startsWith('test_').optional(),
    /** Scheme 3: calls from elsewhere meet a closed door, as at the bank's address filter [QR 3.9 §1.3.3]. */
    allowedAddresses: z.array(z.string()).default(['127.0.0.1']),
    /** Production has passed 2^31. */
    firstPaymentId: z.int().min(1).default(2_500_000_015),
    organizations: z.array(organizationSchema).default(() => [
      organizationSchema.parse({
        bin: '180340021791',
        tradePoints: [
          { id: '1', name: 'Магазин 1 (Ауэзова, 65)' },
          { id: '2', name: 'Магазин 2 (Жарокова, 48)', address: 'Жарокова, 48' },
        ],
      }),
    ]),
  })
  .strict();

export type BankSettings = z.output<typeof bankSettingsSchema>;
export type BankSettingsInput = z.input<typeof bankSettingsSchema>;
