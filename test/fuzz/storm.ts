import { createDice, type Dice } from './dice.ts';

/** What became of one message: a word for the table, or what the door did wrong. */
export interface Verdict {
  outcome: string;
  fault?: string | undefined;
}

/** A door under fire, with everything behind it, in this process. */
export interface OpenDoor<Message> {
  /** Messages under way at once. */
  readonly lanes: number;
  /** The message of these dice: nothing but the dice and the door's opening decides it. */
  make(dice: Dice): Message;
  /** What has to happen before the next message: time that goes by. It is not counted as the door's. */
  before?(): Promise<void>;
  /** Sends it and judges the answer. Never rejects for what the door did. */
  send(message: Message, lane: number): Promise<Verdict>;
  /** The message as a person can read and repeat it. */
  show(message: Message): string;
  /** After the storm: what is half-done, missing or broken. An empty list is good. */
  aftermath(): Promise<string[]>;
  close(): Promise<void>;
}

export interface Door {
  readonly name: string;
  readonly title: string;
  open(seed: number): Promise<OpenDoor<unknown>>;
}

export interface Fault {
  index: number;
  what: string;
  message: string;
}

export interface StormReport {
  door: string;
  seed: number;
  sent: number;
  tookMs: number;
  outcomes: Record<string, number>;
  faults: Fault[];
}

export interface StormOptions {
  seed: number;
  messages: number;
  /** Only this message, as a fault has printed its number. */
  only?: number;
}

/** Faults after which it goes no further: the first tell what there is to know. */
const FAULTS_MAX = 5;
/** An answer that has not come by then never comes: every limit of the doors that a message can meet is shorter. */
const ANSWER_MS = 25_000;
/** What a storm may leave behind in memory: caches that fill once, records of what was rightly accepted. */
const HEAP_GROWTH_MAX = 300 * 1024 * 1024;

/** Fires messages at a door and watches the process, the answers and what is left afterwards. */
export async function storm(door: Door, options: StormOptions): Promise<StormReport> {
  const startMono = performance.now();
  const faults: Fault[] = [];
  const heapBefore = process.memoryUsage().heapUsed;
  const open = await door.open(options.seed);
  const escaped = watchProcess((what) => faults.push({ index: -1, what, message: '' }));
  const outcomes: Record<string, number> = {};
  let sent = 0;
  try {
    sent = await fire(open, options, { outcomes, faults });
    if (faults.length === 0) {
      for (const what of await open.aftermath()) faults.push({ index: sent, what, message: 'after the storm' });
    }
  } finally {
    await open.close();
    // An error that nobody caught may come a turn later than its cause.
    await new Promise((resolve) => setTimeout(resolve, 20));
    escaped.stop();
  }
  const grown = process.memoryUsage().heapUsed - heapBefore;
  if (grown > HEAP_GROWTH_MAX) faults.push({ index: sent, what: `the heap grew by ${grown} bytes`, message: '' });
  return { door: door.name, seed: options.seed, sent, tookMs: performance.now() - startMono, outcomes, faults };
}

async function fire(
  open: OpenDoor<unknown>,
  { seed, messages, only }: StormOptions,
  found: { outcomes: Record<string, number>; faults: Fault[] },
): Promise<number> {
  const { outcomes, faults } = found;
  let next = only ?? 0;
  const end = only === undefined ? messages : only + 1;
  let sent = 0;
  const lane = async (number: number): Promise<void> => {
    while (next < end && faults.length < FAULTS_MAX) {
      const index = next++;
      const message = open.make(createDice(seed, index));
      await open.before?.();
      const verdict = await inTime(open.send(message, number));
      sent++;
      outcomes[verdict.outcome] = (outcomes[verdict.outcome] ?? 0) + 1;
      if (verdict.fault !== undefined) faults.push({ index, what: verdict.fault, message: open.show(message) });
    }
  };
  await Promise.all(Array.from({ length: open.lanes }, (_, number) => lane(number)));
  return sent;
}

async function inTime(sending: Promise<Verdict>): Promise<Verdict> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Verdict>((resolve) => {
    timer = setTimeout(() => resolve({ outcome: 'silence', fault: `no answer in ${ANSWER_MS} ms` }), ANSWER_MS);
  });
  try {
    return await Promise.race([sending, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Errors that nobody caught end a real process: each is a fault of the door. */
function watchProcess(report: (what: string) => void): { stop(): void } {
  const onError = (error: unknown): void =>
    report(`nobody caught: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.on('uncaughtException', onError);
  process.on('unhandledRejection', onError);
  return {
    stop() {
      process.off('uncaughtException', onError);
      process.off('unhandledRejection', onError);
    },
  };
}

/** The report as lines for a person; a fault says how it is repeated. */
export function linesOf(report: StormReport): string[] {
  const { door, seed, sent, tookMs, outcomes, faults } = report;
  const seconds = tookMs / 1000;
  const rate = Math.round(sent / seconds);
  const table = Object.entries(outcomes)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 16)
    .map(([outcome, count]) => `${outcome} ${count}`)
    .join(', ');
  return [
    `fuzz ${door}: ${sent} messages, seed ${seed}, ${seconds.toFixed(1)} s (${rate}/s): ${table}`,
    ...faults.flatMap(({ index, what, message }) => [
      `  ✗ ${what}`,
      ...(message === '' ? [] : [`    message ${index}: ${message.slice(0, 2_000)}`]),
      ...(index < 0 ? [] : [`    again: npm run fuzz -- --door ${door} --seed ${seed} --only ${index}`]),
    ]),
  ];
}
