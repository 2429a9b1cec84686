import { connect } from 'node:net';
import { newKey, openDoorTest } from '@tolem/edge-agent/door-test';
import type { HttpMessage } from '../hostile-http.ts';
import { openHttpStorm, openSlowClients, within } from '../http-door.ts';
import { parse, readProblem } from '../http-judge.ts';
import type { HttpAnswer } from '../http-lane.ts';
import type { HttpRoute } from '../http-request.ts';
import { type OpenApi, routesOf } from '../openapi-routes.ts';
import type { Door } from '../storm.ts';

/** Virtual time runs ahead of the storm, so that limits per second are met and lifted again. */
const TICK_EVERY = 40;
const TICK_MS = 10_000;
/** The listener gives a request ten seconds and looks every two. */
const SLOW_LIMIT_MS = 20_000;

/** The agent's local API and pages: the real listener before a core in memory. */
export const localApi: Door = {
  name: 'local-api',
  title: 'Local API and pages of the agent',
  async open() {
    const test = await openDoorTest();
    const { core, clock, api } = test;
    const { port } = await api.listen({ host: '127.0.0.1', port: 0 });
    const host = `127.0.0.1:${port}`;
    const token = test.tokenWith('pay', 'refund', 'settle');
    const pay = (amount: string) =>
      test.call({ path: '/v1/payments', body: { method: 'qr', amount }, key: newKey(), headers: { host } });
    const first = await pay('1500.00');
    const contract = await test.call({ path: '/v1/openapi.json', headers: { host } });
    const slow = openSlowClients(port, host, 10);
    const count = countAccepted('POST /v1/payments');
    let ticks = 0;
    let time = Promise.resolve();
    return openHttpStorm({
      world: {
        host,
        routes: [...routesOf(contract.body as unknown as OpenApi), ...HIDDEN],
        ids: [first.body.id, 'front', 'till-1'],
        credentials: { Authorization: `Bearer ${token}` },
        guards: { foreignHost: [403], foreignSite: [403], wrongType: [415], noToken: undefined },
      },
      connectTo: () => connect(port, '127.0.0.1'),
      read: readProblem,
      note: count.note,
      async tick() {
        if (ticks++ % TICK_EVERY !== 0) return;
        time = time.then(() => clock.advance(TICK_MS));
        await time;
      },
      async aftermath() {
        const faults: string[] = [];
        const made = core.payments.all().length - 1;
        if (made !== count.accepted())
          faults.push(`${made} payments were made, ${count.accepted()} were answered with 201`);
        const odd = core.payments.all().find(({ amount, method }) => !isPayable(amount.toString(), method));
        if (odd) faults.push(`a payment that may not be: ${odd.method} ${odd.amount}`);
        if (!(await within(SLOW_LIMIT_MS, () => slow.held() === 0)))
          faults.push(`${slow.held()} slow clients are still served`);
        await clock.advance(60_000);
        const good = await pay('1.00');
        if (good.status !== 201) faults.push(`a good payment is refused: ${good.text}`);
        if (test.bugs.length > 0) faults.push(`a bug: ${test.bugs[0]?.stack}`);
        return faults;
      },
      async close() {
        slow.close();
        await test.close();
      },
    });
  },
};

/** What the contract does not tell: the pages and what only they ask for. */
const HIDDEN: readonly HttpRoute[] = [
  { method: 'GET', path: '/' },
  { method: 'GET', path: '/display' },
  { method: 'GET', path: '/pages/{name}' },
  { method: 'GET', path: '/page/state' },
  { method: 'GET', path: '/page/feed' },
  { method: 'GET', path: '/page/display' },
  { method: 'POST', path: '/page/unlock', body: { cashier: '"Айгүл"', pin: '"1234"' } },
  { method: 'GET', path: '/v1/openapi.json' },
];

function isPayable(amount: string, method: string): boolean {
  const tenge = Number(amount);
  return tenge >= 1 && tenge <= 5_000_000 && (method !== 'terminal' || Number.isInteger(tenge));
}

/** Counts what was answered as made, whatever the message meant to be. */
export function countAccepted(route: string) {
  let accepted = 0;
  return {
    accepted: () => accepted,
    note(_message: HttpMessage, answers: readonly HttpAnswer[]): string | undefined {
      for (const { status, headers, body } of answers) {
        const isMade = status === 201 && headers.location?.startsWith(route.split(' ')[1] ?? '') === true;
        if (!isMade) continue;
        accepted++;
        const { id, amount, status: word } = parse(body);
        if (typeof id !== 'string' || !/^\d+\.\d{2}$/.test(String(amount)) || typeof word !== 'string') {
          return `accepted, but not whole: ${body.slice(0, 300)}`;
        }
      }
      return undefined;
    },
  };
}
