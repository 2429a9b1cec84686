/** Every number of the hub's core that a test may shorten; the defaults are those of the decisions. */
export interface HubSettings {
  organizations: ReadonlyArray<{ bin: string; name: string }>;
  /** Names this hub among several; one that keeps it over restarts takes its payments back at once. */
  instance?: string;
  intervals: HubIntervals;
  limits: HubLimits;
}

export interface WatchStep {
  everyMs: number;
  /** The step ends this long after the payment's end; a read happens exactly then. */
  untilMs: number;
}

export interface HubIntervals {
  /** How late money is watched for: 15 s to +10 min, 60 s to +1 h, once at +6 h and +24 h. */
  lateWatch: readonly WatchStep[];
  /** For how long the bank's silence leaves a state as it is; then `unknown`. */
  unreachableUnknownMs: number;
  /** An invoice may be paid for so long [QR 3.9 §4.6]. */
  invoiceLifeMs: number;
  /** When the hub asks about an invoice by itself, from its sending: the only times [decisions: invoices]. */
  invoiceReadsMs: readonly number[];
  /** After the last of them a case, whatever became of that read. */
  invoiceConcludeMs: number;
  /** A payment whose creation nobody repeats is ended after this; nobody has seen a token. */
  createWindowMs: number;
  /** A claim of a creation older than this may be taken over: twice the longest call to the bank. */
  createClaimMs: number;
  /** How long a repeated creation waits for the claimant's answer. */
  createWaitMs: number;
  /** Reading the amount must not keep a till waiting. */
  detailsReadMs: number;
  /** A read of the status before a cancel, likewise. */
  cancelReadMs: number;
  /** Default of `CreatePayment.lateAcceptMs`. */
  lateAcceptMs: number;
  /** Paid and not collected by then is a case. */
  collectWithinMs: number;
  /** Notifications are hints: watchers read again this often. */
  watchRereadMs: number;
  leaseMs: number;
  renewMs: number;
  /** A refund's call must begin to be written within this time of its stored intent. */
  refundSendByMs: number;
  /** After this the answer of a refund's call is given up. */
  refundAnswerMs: number;
  /** When the available amount is read after a refund whose answer is lost. */
  refundReadsMs: readonly number[];
  /** Reading before a refund, while the available amount is not what it should be; after the last a case. */
  refundWaitsMs: readonly number[];
  /** How long a refund's caller waits for the outcome before it gets the refund as it is. */
  refundCallerMs: number;
  /** After this much silence of the bank an unsent or unread refund becomes a case. */
  refundGiveUpMs: number;
  /** A command that no agent has claimed by then is over: nothing happens hours later, when nobody expects it. */
  commandExpiryMs: number;
  /** A claimed command without a word from its agent becomes a case: a refund at a terminal takes four minutes at most. */
  commandAnswerMs: number;
  /** How long a refund code is still asked about after its window, while the bank is silent. */
  refundScanSilenceMs: number;
  /**
   * How long a known customer is held at the till: one purchase is chosen and refunded, and a refund whose answer is lost is
   * still in time for its last read and its only repetition.
   */
  refundSessionMs: number;
  /** Sweeps: commands, uncollected payments, wishes for devices, refunds of lapsed owners. */
  sweepMs: number;
  /** An agent whose connection broke is `reconnecting` for this long. */
  reconnectingMs: number;
  /** Calls under way get this long at a stop. */
  stopMs: number;
  /** How often waiting webhooks are looked for; changes made by this hub are looked for at once. */
  webhookTurnMs: number;
  /** The pause after each failure of a webhook; the last one goes on. */
  webhookRetriesMs: readonly number[];
  /** A webhook that has failed for this long is given up; a person may replay it. */
  webhookGiveUpMs: number;
}

export interface HubLimits {
  amountMinTiyn: bigint;
  amountMaxTiyn: bigint;
  /** Reads of the bank at once by the poller: half of the gateway's default 64 connections. */
  pollConcurrency: number;
  /** Payments taken over in one transaction: keeps its locks short. */
  adoptBatch: number;
  /** More automatic refunds than this in `autoRefundWindowMs` for one organisation become cases. */
  autoRefundCount: number;
  autoRefundTiyn: bigint;
  autoRefundWindowMs: number;
  resumeDays: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const DEFAULT_INTERVALS: HubIntervals = {
  lateWatch: [
    { everyMs: 15_000, untilMs: 10 * MINUTE },
    { everyMs: MINUTE, untilMs: HOUR },
    { everyMs: 5 * HOUR, untilMs: 6 * HOUR },
    { everyMs: 18 * HOUR, untilMs: 24 * HOUR },
  ],
  unreachableUnknownMs: 10 * MINUTE,
  invoiceLifeMs: 24 * HOUR,
  invoiceReadsMs: [24 * HOUR + 5 * MINUTE, 48 * HOUR],
  invoiceConcludeMs: 5 * MINUTE,
  createWindowMs: 2 * MINUTE,
  createClaimMs: MINUTE,
  createWaitMs: 15_000,
  detailsReadMs: 2_000,
  cancelReadMs: 2_000,
  lateAcceptMs: MINUTE,
  collectWithinMs: 10 * MINUTE,
  watchRereadMs: 5_000,
  leaseMs: 15_000,
  renewMs: 3_000,
  refundSendByMs: 10_000,
  refundAnswerMs: 30_000,
  refundReadsMs: [30_000, 2 * MINUTE, 10 * MINUTE],
  refundWaitsMs: [5_000, 30_000, 2 * MINUTE, 10 * MINUTE],
  refundCallerMs: 10_000,
  refundGiveUpMs: 24 * HOUR,
  commandExpiryMs: 10 * MINUTE,
  commandAnswerMs: 15 * MINUTE,
  refundScanSilenceMs: 30_000,
  refundSessionMs: 15 * MINUTE,
  sweepMs: 15_000,
  reconnectingMs: 30_000,
  stopMs: 35_000,
  webhookTurnMs: 2_000,
  webhookRetriesMs: [
    5_000,
    30_000,
    2 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    8 * HOUR,
    12 * HOUR,
  ],
  webhookGiveUpMs: 72 * HOUR,
};

export const DEFAULT_LIMITS: HubLimits = {
  amountMinTiyn: 100n,
  amountMaxTiyn: 500_000_000n,
  pollConcurrency: 32,
  adoptBatch: 500,
  autoRefundCount: 5,
  autoRefundTiyn: 10_000_000n,
  autoRefundWindowMs: 10 * MINUTE,
  resumeDays: 7,
};

type Given<Numbers> = { [Key in keyof Numbers]?: Numbers[Key] | undefined };

/** What the doors pass in: everything but the organisations may be left out. */
export interface HubSettingsInput {
  organizations: ReadonlyArray<{ bin: string; name: string }>;
  instance?: string | undefined;
  intervals?: Given<HubIntervals> | undefined;
  limits?: Given<HubLimits> | undefined;
}

export function completeSettings(input: HubSettingsInput): HubSettings {
  return {
    organizations: input.organizations,
    ...(input.instance === undefined ? {} : { instance: input.instance }),
    intervals: withDefaults(DEFAULT_INTERVALS, input.intervals),
    limits: withDefaults(DEFAULT_LIMITS, input.limits),
  };
}

function withDefaults<Numbers extends object>(defaults: Numbers, given: Given<Numbers> = {}): Numbers {
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(present) };
}
