import { connect } from 'node:net';
import { createIds, createSeededRandom, createSilentLog } from '@tolem/base';
import { createDropInApi, createDropInListener, openOldShop } from '@tolem/edge-agent/fuzz';
import type { Dice } from '../dice.ts';
import { AMOUNTS, hostileId } from '../hostile-values.ts';
import { openHttpStorm, openSlowClients, within } from '../http-door.ts';
import { parse } from '../http-judge.ts';
import type { HttpAnswer, HttpShot } from '../http-lane.ts';
import type { HttpRoute } from '../http-request.ts';
import type { Door } from '../storm.ts';

const TICK_EVERY = 1_000;
const TICK_MS = 8_000;
const SLOW_LIMIT_MS = 20_000;
const ROUTES: readonly HttpRoute[] = ['/payment', '/payment/', '/refund', '/refund/', '/status', '/status/'].map(
  (path) => ({ method: 'GET', path }),
);

/** The terminal's own LAN API at the agent: the real listener, desk, core and journal; the terminal and the hub are fakes. */
export const dropInApi: Door = {
  name: 'drop-in-api',
  title: 'Drop-in LAN API for old tills',
  async open(seed) {
    const shop = await openOldShop('v2', seed);
    const { clock, core } = shop.world;
    const random = createSeededRandom(seed);
    const context = { clock, random, ids: createIds(clock, random), log: createSilentLog() };
    const bugs: Error[] = [];
    const api = createDropInApi({ core, context, terminalId: 'front' });
    const onBug = (error: Error) => void bugs.push(error);
    const listener = createDropInListener({ api, context, allow: ['127.0.0.1'], onBug });
    const { port } = await listener.listen({ host: '127.0.0.1', port: 0 });
    const host = `127.0.0.1:${port}`;
    const slow = openSlowClients(port, host, 10);
    const started = new Set<string>();
    let ticks = 0;
    let time = Promise.resolve();
    const pass = (ms: number) => {
      time = time.then(() => clock.advance(ms));
      return time;
    };
    const shot = (target: string): HttpShot => ({
      bytes: Buffer.from(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
      isBroken: false,
      isHead: false,
    });
    return openHttpStorm({
      world: {
        host,
        routes: ROUTES,
        ids: ['1'],
        credentials: {},
        guards: { foreignHost: [403], foreignSite: [403], wrongType: undefined, noToken: undefined },
        query: (dice) => queryOf(dice, started),
      },
      connectTo: () => connect(port, '127.0.0.1'),
      read: readMessage,
      note: (_message, answers) => noteStarts(answers, started),
      async tick() {
        if (ticks++ % TICK_EVERY !== 0) return;
        await pass(TICK_MS);
        if (ticks % 3 === 0) shop.terminal.cancel();
        else shop.terminal.pay({ method: ticks % 2 === 0 ? 'card' : 'qr' });
        await pass(TICK_MS);
      },
      async aftermath(ask) {
        const faults: string[] = [];
        const { charges, refunds } = shop.terminal.truth();
        const begun = shop.terminal.startCount;
        if (begun > started.size)
          faults.push(`${begun} starts reached the terminal, ${started.size} were told to a till`);
        if (charges.length + refunds.length > begun) faults.push('the terminal moved money that nobody started');
        if (!(await within(SLOW_LIMIT_MS, () => slow.held() === 0)))
          faults.push(`${slow.held()} slow clients are still served`);
        await pass(300_000);
        const before = core.outbox().lastSeq;
        for (const amount of AMOUNTS.filter((text) => !/^[1-9]\d{0,6}$/.test(text))) {
          await ask(shot(`/payment?amount=${encodeURIComponent(amount.toWellFormed())}`));
        }
        if (core.outbox().lastSeq !== before) faults.push('a refused amount left a row in the journal');
        const paying = ask(shot('/payment?amount=7'));
        await pass(1_000);
        const [paid] = await paying;
        if (!paid?.body.includes('"wait"')) faults.push(`a good payment is refused: ${paid?.body}`);
        return [...faults, ...bugs.map((bug) => `a bug: ${bug.stack}`)];
      },
      async close() {
        slow.close();
        await listener.close();
        await shop.end();
      },
    });
  },
};

/** Parameters of an old till, mostly with one of them wrong. */
function queryOf(dice: Dice, known: ReadonlySet<string>): string {
  const amount = dice.oneIn(3) ? dice.pick(AMOUNTS) : String(1 + dice.below(20));
  const id =
    dice.oneIn(3) || known.size === 0
      ? hostileId(dice)
      : ([...known].at(-1 - dice.below(Math.min(5, known.size))) ?? '');
  const safe = (text: string) => encodeURIComponent(text.toWellFormed()).slice(0, 300);
  return `?amount=${safe(amount)}&processId=${safe(id)}&transactionId=${safe(id)}&method=${dice.pick(['card', 'qr', 'alaqan', '', 'CARD'])}`;
}

/** Every process that a start was answered with; a start is judged by its members. */
function noteStarts(answers: readonly HttpAnswer[], started: Set<string>): string | undefined {
  for (const { body } of answers) {
    const { processId, status } = parse(body);
    if (processId === undefined) continue;
    if (typeof processId !== 'string' || !/^\d{13,15}$/.test(processId))
      return `no process id of ours: ${body.slice(0, 200)}`;
    if (!['wait', 'success', 'fail'].includes(String(status))) return `no word of the document: ${body.slice(0, 200)}`;
    started.add(processId);
  }
  return undefined;
}

/** A terminal's refusal is a sentence; what is no HTTP may be refused without one. */
function readMessage({ status, headers, body }: HttpAnswer): { code: string; fault?: string } {
  if (body === '') return { code: '' };
  const { message } = parse(body);
  const isTold =
    typeof message === 'string' && message !== '' && headers['content-type']?.startsWith('application/json');
  return isTold ? { code: status === 200 ? 'message' : '' } : { code: '', fault: 'no sentence' };
}
