import { createSeededRandom, type Random } from '@tolem/base';
import { z } from 'zod';
import { FAULT_KIND_TABLE, FAULT_KINDS, type FaultKind } from './fault-kinds.ts';

export { FAULT_KINDS, type FaultKind };

/** The longest wait a fault makes; whatever waits longer is `hang`. */
const MAX_FAULT_MS = 600_000;

export const faultKindSchema = z
  .enum(FAULT_KINDS)
  .describe(FAULT_KINDS.map((kind) => `\`${kind}\`: ${FAULT_KIND_TABLE[kind].wire}`).join('\n\n'));

export const faultRuleSchema = z
  .object({
    where: z
      .string()
      .min(1)
      .describe('"bank" or one scheme of it such as "bank:r2", "terminal" or one such as "terminal:<id>", or "*"'),
    path: z
      .string()
      .min(1)
      .default('*')
      .describe(
        'Path after the version, such as "qr/create" or "payment/status" (also of every id under it); "*" is any',
      ),
    kind: faultKindSchema,
    times: z.union([z.int().min(1).max(1_000_000), z.literal('always')]).default(1),
    afterProcessing: z.boolean().optional().describe('Whether the call does its work; each kind has its own default'),
    ms: z.int().min(0).max(MAX_FAULT_MS).optional(),
    statusCode: z.int().optional(),
    httpStatus: z.int().min(100).max(599).optional(),
    word: z.string().optional(),
  })
  .strict();

export type FaultRule = z.output<typeof faultRuleSchema>;
export type FaultRuleInput = z.input<typeof faultRuleSchema>;

export const chaosSchema = z
  .object({
    seed: z.int(),
    /** The share of calls that meet a fault; 0 ends the chaos. */
    rate: z.number().min(0).max(1),
    kinds: z
      .array(faultKindSchema)
      .min(1)
      .default(['delay', 'answer_lost', 'request_lost', 'http', 'garbage', 'slow_body']),
    where: z.string().default('*'),
    path: z.string().default('*'),
  })
  .strict();

export type Chaos = z.output<typeof chaosSchema>;
export type ChaosInput = z.input<typeof chaosSchema>;

/** What one call meets, with every default filled in. */
export interface Fault {
  kind: FaultKind;
  /** Whether the work of the call is done all the same. */
  processes: boolean;
  ms: number;
  statusCode: number;
  httpStatus: number;
  word: string;
}

export interface ListedFault extends FaultRule {
  id: string;
  used: number;
}

export interface FaultPlan {
  add(rule: FaultRuleInput): string;
  list(): ListedFault[];
  remove(id: string): boolean;
  /** Ends every rule and the chaos. */
  clear(): void;
  setChaos(chaos: ChaosInput): void;
  /** The fault for this call, used up by asking; rules in the order of their making, then chaos. */
  take(call: { where: string; path: string }): Fault | undefined;
  /** Whether this new connection is reset before its TLS handshake; used up by asking. */
  takeConnection(where: string): boolean;
}

/** More standing rules than this are a mistake of a script. */
const MAX_RULES = 1000;

export function createFaultPlan(): FaultPlan {
  let rules: ListedFault[] = [];
  let nextId = 1;
  const use = (rule: ListedFault): void => {
    rule.used += 1;
    if (rule.times !== 'always' && rule.used >= rule.times) rules = rules.filter((other) => other !== rule);
  };
  let chaos: { settings: Chaos; random: Random } | undefined;
  return {
    add(rule) {
      const id = `fault-${nextId++}`;
      rules = [...rules, { ...faultRuleSchema.parse(rule), id, used: 0 }].slice(-MAX_RULES);
      return id;
    },
    list: () => rules.map((rule) => ({ ...rule })),
    remove(id) {
      const before = rules.length;
      rules = rules.filter((rule) => rule.id !== id);
      return rules.length < before;
    },
    clear() {
      rules = [];
      chaos = undefined;
    },
    setChaos(input) {
      const settings = chaosSchema.parse(input);
      chaos = settings.rate === 0 ? undefined : { settings, random: createSeededRandom(settings.seed) };
    },
    takeConnection(where) {
      const rule = rules.find((one) => one.kind === 'tls_reset' && isAt(one.where, where));
      if (rule) use(rule);
      return rule !== undefined;
    },
    take(call) {
      const rule = rules.find((candidate) => candidate.kind !== 'tls_reset' && matches(candidate, call));
      if (rule) {
        use(rule);
        return resolveFault(rule);
      }
      if (!chaos || !matches(chaos.settings, call)) return undefined;
      return drawFault(chaos.settings, chaos.random);
    },
  };
}

function isAt(wanted: string, where: string): boolean {
  return wanted === '*' || wanted === where || where.startsWith(`${wanted}:`);
}

function matches(rule: { where: string; path: string }, call: { where: string; path: string }): boolean {
  if (!isAt(rule.where, call.where)) return false;
  return rule.path === '*' || rule.path === call.path || call.path.startsWith(`${rule.path.replace(/\/?\*?$/, '')}/`);
}

function resolveFault(rule: FaultRule): Fault {
  return {
    kind: rule.kind,
    processes: rule.afterProcessing ?? FAULT_KIND_TABLE[rule.kind].processes,
    ms: rule.ms ?? (rule.kind === 'slow_body' ? 500 : 1000),
    statusCode: rule.statusCode ?? -999,
    httpStatus: rule.httpStatus ?? 502,
    word: rule.word ?? 'SomethingNew',
  };
}

function drawFault(settings: Chaos, random: Random): Fault | undefined {
  // Every call draws the same number of times, so that one seed gives one sequence.
  const [hit, pick, length, processing] = [random.fraction(), random.fraction(), random.fraction(), random.fraction()];
  if (hit >= settings.rate) return undefined;
  const kind = settings.kinds[Math.floor(pick * settings.kinds.length)] ?? 'delay';
  const hasChoice = kind === 'http' || kind === 'reset' || kind === 'hang' || kind === 'garbage';
  return {
    ...resolveFault({ where: '*', path: '*', kind, times: 1, ms: Math.round(50 + length * 950) }),
    ...(hasChoice ? { processes: processing < 0.5 } : {}),
  };
}
