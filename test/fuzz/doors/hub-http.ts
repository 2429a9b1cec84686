import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Money } from '@tolem/base';
import { createAgentEnrolment, createMetrics, openAdminSocket, openHttpDoor, openTestDoors } from '@tolem/hub/fuzz';
import { openHttpStorm, openSlowClients, within } from '../http-door.ts';
import { readProblem } from '../http-judge.ts';
import type { HttpShot } from '../http-lane.ts';
import type { HttpRoute } from '../http-request.ts';
import { type OpenApi, routesOf } from '../openapi-routes.ts';
import type { Door } from '../storm.ts';

const PAYMENT = '018f0000-0000-7000-8000-000000000001';
const CASE = 'case-1';
/** Node's own limit for a head that never ends, and for the body thirty seconds: longer than a storm waits. */
const SLOW_CLIENTS = 10;

/** What stands before both of the hub's HTTP doors: a core in memory with one agent, payment and case. */
async function openBehind() {
  const doors = await openTestDoors();
  const { core } = doors;
  const folder = mkdtempSync(join(tmpdir(), 'tolem-fuzz-'));
  await doors.addAgent('till-1');
  const amount = Money.parse('1500.00');
  await core.payments.create({ kind: 'agent', agentId: 'till-1' }, { paymentId: PAYMENT, method: 'qr', amount });
  core.change(PAYMENT, { status: 'paid', final: true, amountPaid: amount, paidAtMs: core.nowMs() });
  core.casesById.set(CASE, { caseId: CASE, kind: 'refund_unknown', detail: {}, openedAtMs: core.nowMs() });
  const certificate = () => ({
    origin: 'configured' as const,
    subject: 's',
    issuer: 'i',
    serial: '1',
    notAfterMs: 0,
    daysLeft: 100,
  });
  const metrics = createMetrics(doors.context.clock);
  const close = async () => {
    await doors.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { doors, core, folder, certificate, metrics, close };
}

/** The hub's API and page. Each lane comes from an address of its own, so that the limit per address is met but not the rule. */
export const hubHttp: Door = {
  name: 'hub-http',
  title: 'HTTP API and page of the hub',
  async open() {
    const behind = await openBehind();
    const { core, doors, folder } = behind;
    const tokenFile = join(folder, 'http-token');
    const door = await openHttpDoor({
      core,
      context: doors.context,
      metrics: behind.metrics,
      listen: { host: '127.0.0.1', port: 0 },
      hosts: ['hub.example.kz'],
      tokenFile,
      certificate: behind.certificate,
      isStopping: () => false,
    });
    const { port } = door.address;
    const host = `127.0.0.1:${port}`;
    const Authorization = `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`;
    const contract = await fetch(`http://${host}/api/openapi.json`);
    const slow = openSlowClients(port, host, SLOW_CLIENTS, '127.0.0.99');
    let made = 0;
    return openHttpStorm({
      world: {
        host,
        routes: [...routesOf((await contract.json()) as OpenApi), ...HIDDEN],
        ids: [PAYMENT, CASE, 'till-1'],
        credentials: { Authorization },
        guards: { foreignHost: [403], foreignSite: [403], wrongType: [415], noToken: undefined },
      },
      connectTo: (lane) => connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${2 + (lane % 90)}` }),
      read: readProblem,
      note(_message, answers) {
        made += answers.filter(({ status, body }) => status === 201 && body.includes('"paymentId"')).length;
        return undefined;
      },
      async aftermath(ask) {
        const faults: string[] = [];
        if (core.refundsById.size !== made)
          faults.push(`${core.refundsById.size} refunds were made, ${made} were answered with 201`);
        if (!(await within(50_000, () => slow.held() === 0)))
          faults.push(`${slow.held()} slow clients are still served`);
        const get = `GET /api/v1/payments/${PAYMENT} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${Authorization}\r\n\r\n`;
        const [good] = await ask(shotOf(get));
        if (good?.status !== 200) faults.push(`a good request is refused: ${good?.status} ${good?.body}`);
        return faults;
      },
      async close() {
        slow.close();
        await door.stop();
        await behind.close();
      },
    });
  },
};

const HIDDEN: readonly HttpRoute[] = [
  { method: 'GET', path: '/' },
  { method: 'GET', path: '/metrics' },
  { method: 'GET', path: '/{file}' },
  { method: 'GET', path: '/api/openapi.json' },
];

/** The operator's socket: behind the rights of the file, but not to be broken either. */
export const adminSocket: Door = {
  name: 'admin-socket',
  title: "The hub's socket for its own commands",
  async open() {
    const behind = await openBehind();
    const { core, doors, folder } = behind;
    const file = join(folder, 'admin.sock');
    const addresses = () => ({ grpc: '127.0.0.1:8443', mqtt: '127.0.0.1:8883' });
    const door = await openAdminSocket({
      file,
      enrolment: createAgentEnrolment({ core, authority: doors.authority, addresses }),
      core,
      certificate: behind.certificate,
      log: doors.context.log,
      metrics: behind.metrics.doors,
    });
    const device = '{"deviceId":"till-9","organizationBin":"180340021791","tradePointId":"1"}';
    return openHttpStorm({
      world: {
        host: 'localhost',
        routes: [
          { method: 'GET', path: '/agents' },
          { method: 'GET', path: '/certificate' },
          {
            method: 'POST',
            path: '/agents',
            body: {
              agentId: '"till-1"',
              name: '"n"',
              storeName: '"s"',
              'days?': '30',
              'reissue?': 'false',
              'device?': device,
            },
          },
          { method: 'POST', path: '/agents/{id}/revoke', body: { reason: '"r"' } },
        ],
        ids: ['nobody', 'till-0'],
        credentials: {},
        guards: { foreignHost: undefined, foreignSite: undefined, wrongType: [415], noToken: undefined },
      },
      connectTo: () => connect(file),
      read: readProblem,
      async aftermath(ask) {
        const [good] = await ask(shotOf('GET /agents HTTP/1.1\r\nHost: localhost\r\n\r\n'));
        const isIntact = [...core.agentsById.keys()].every((id) => /^[a-z0-9][a-z0-9_-]{0,62}$/.test(id));
        return [
          ...(good?.status === 200 ? [] : [`a good request is refused: ${good?.status}`]),
          ...(isIntact ? [] : ['an agent with an impossible id was added']),
        ];
      },
      async close() {
        await door.stop();
        await behind.close();
      },
    });
  },
};

function shotOf(text: string): HttpShot {
  return { bytes: Buffer.from(text), isBroken: false, isHead: false };
}
