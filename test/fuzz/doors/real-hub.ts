import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Context, createLog, createSystemContext, Money } from '@tolem/base';
import {
  createHubCore,
  createMetrics,
  type HubCore,
  migrateDatabase,
  openPgStore,
  startEmbeddedPostgres,
} from '@tolem/hub/bench';
import { foreignCredentials, openDoorsBefore, openHttpDoor } from '@tolem/hub/fuzz';
import { createFakeQrApi, FAKE_BIN } from '@tolem/kaspi-core/fake';
import { type HttpMessage, makeHttpMessage } from '../hostile-http.ts';
import { type MqttMessage, makeMqttMessage } from '../hostile-mqtt.ts';
import { judgeHttp, readProblem } from '../http-judge.ts';
import { createHttpLane } from '../http-lane.ts';
import type { HttpWorld } from '../http-request.ts';
import { type OpenApi, routesOf } from '../openapi-routes.ts';
import type { Door, OpenDoor, Verdict } from '../storm.ts';
import { createGrpcLines, exchangeGrpc, type GrpcMessage, judgeGrpc, makeGrpcMessage } from './grpc.ts';
import { createMqttLine } from './mqtt.ts';

type Message =
  | { door: 'http'; sent: HttpMessage }
  | { door: 'grpc'; sent: GrpcMessage }
  | { door: 'mqtt'; sent: MqttMessage };

const OWN = '018f0000-0000-7000-8000-000000000001';
const FOREIGN = '018f0000-0000-7000-8000-000000000002';
/** What the doors log where they had to give up; a batch that cannot be read is told as such. */
const UNFORESEEN = /unexpectedly|could not be taken|a bug/;
/** What headquarters reads afterwards must still be there: one wild report may not break a page. */
const PAGES = ['agents', 'payments', 'cases', 'devices', 'recovery'];

/** All doors of the hub before its real core on PostgreSQL: a smaller storm, for what a core in memory cannot break over. */
export const realHub: Door = {
  name: 'real-hub',
  title: 'The hub as a whole, on PostgreSQL',
  async open() {
    const folder = mkdtempSync(join(tmpdir(), 'tolem-fuzz-'));
    const errors: string[] = [];
    const log = createLog({
      name: 'fuzz',
      level: 'error',
      destination: { write: (line: string) => void (UNFORESEEN.test(line) && errors.push(line)) },
    });
    const context = createSystemContext(log);
    const { core, close } = await openCore(folder, context);
    const doors = await openDoorsBefore(core, context);
    const till = await doors.addAgent('till-1');
    const other = await doors.addAgent('till-2');
    const { session } = await core.agents.hello('till-1', {
      boot: 'boot',
      epoch: 'e',
      lastSeq: 0,
      hostFingerprint: 'h',
      version: '1',
    });
    for (const [agentId, paymentId] of [
      ['till-1', OWN],
      ['till-2', FOREIGN],
    ] as const) {
      await core.devices.register(
        { kind: 'agent', agentId },
        { agentId, deviceId: agentId, organizationBin: FAKE_BIN, tradePointId: '1' },
      );
      await core.payments.create(
        { kind: 'agent', agentId },
        { paymentId, method: 'qr', amount: Money.parse('1500.00') },
      );
    }
    const before = (await core.payments.get({ kind: 'person', name: 'fuzz' }, FOREIGN)).status;
    const tokenFile = join(folder, 'http-token');
    const http = await openHttpDoor({
      core,
      context,
      metrics: createMetrics(context.clock),
      listen: { host: '127.0.0.1', port: 0 },
      hosts: [],
      tokenFile,
      certificate: () => ({
        origin: 'configured',
        subject: 's',
        issuer: 'i',
        serial: '1',
        notAfterMs: 0,
        daysLeft: 100,
      }),
      isStopping: () => false,
    });
    const host = `127.0.0.1:${http.address.port}`;
    const headers = { Authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}` };
    const world: HttpWorld = {
      host,
      routes: routesOf((await (await fetch(`http://${host}/api/openapi.json`)).json()) as OpenApi),
      ids: [OWN, FOREIGN, 'till-1'],
      credentials: headers,
      guards: { foreignHost: [403], foreignSite: [403], wrongType: [415], noToken: undefined },
    };
    const lane = createHttpLane(() => connect(http.address.port, '127.0.0.1'));
    const lines = createGrpcLines(doors, {
      'till-1': till,
      revoked: other,
      stranger: await foreignCredentials('till-1', context),
    });
    const line = createMqttLine(doors, 'till-1', till);
    return {
      lanes: 1,
      make(dice): Message {
        const door = dice.pick(['http', 'grpc', 'mqtt'] as const);
        if (door === 'http') return { door, sent: makeHttpMessage(dice, world) };
        if (door === 'mqtt') return { door, sent: makeMqttMessage(dice, 'till-2') };
        const sent = makeGrpcMessage(dice, String(session), [OWN, FOREIGN, 'till-1', FAKE_BIN]);
        // Another boot would take the session, and a revoked agent is no matter of the core's.
        return { door, sent: { ...sent, who: 'till-1', path: sent.path.replace('/Hello', '/GetPayment') } };
      },
      async send(message: Message): Promise<Verdict> {
        const verdict = await knock(message);
        const outcome = `${message.door} ${verdict.outcome}`;
        return { outcome, fault: verdict.fault ?? errors.shift() };
      },
      show: ({ door, sent }) =>
        `${door} ${'frames' in sent ? `${sent.path} ${sent.frames.toString('hex')}` : JSON.stringify(('kind' in sent && typeof sent.bytes === 'function' ? sent.bytes('till-1', 1) : (sent as HttpMessage).bytes).toString('latin1'))}`,
      async aftermath() {
        const faults = [...errors];
        for (const page of PAGES) {
          const answer = await fetch(`http://${host}/api/v1/${page}`, { headers });
          if (!answer.ok) faults.push(`/${page} cannot be read any more: ${answer.status} ${await answer.text()}`);
        }
        const { status, refunded } = await core.payments.get({ kind: 'person', name: 'fuzz' }, FOREIGN);
        if (status !== before && status !== 'expired') faults.push(`another agent’s payment became ${status}`);
        if (!refunded.isZero) faults.push('another agent’s payment was refunded');
        const paymentId = context.ids.uuid();
        const good = await core.payments.create(
          { kind: 'agent', agentId: 'till-1' },
          { paymentId, method: 'qr', amount: Money.fromTenge(5), deviceId: 'till-1' },
        );
        if (good.status !== 'awaiting_scan') faults.push(`a good payment is ${good.status}`);
        return faults;
      },
      async close() {
        lane.close();
        lines.close();
        line.close();
        await http.stop();
        await doors.close();
        await close();
        rmSync(folder, { recursive: true, force: true });
      },
    } satisfies OpenDoor<Message> as OpenDoor<unknown>;

    async function knock({ door, sent }: Message): Promise<Verdict> {
      if (door === 'http') return judgeHttp(sent, await lane.send(sent), readProblem);
      if (door === 'mqtt') return line.send(sent);
      return judgeGrpc(sent, await exchangeGrpc(lines.get(sent.who, 0), sent));
    }
  },
};

async function openCore(folder: string, context: Context): Promise<{ core: HubCore; close(): Promise<void> }> {
  const postgres = await startEmbeddedPostgres({
    folder: join(folder, 'postgres'),
    clock: context.clock,
    log: context.log,
  });
  await migrateDatabase(postgres.connection);
  const store = await openPgStore({ connection: postgres.connection, context, exclusive: true, assertUsable() {} });
  const bank = createFakeQrApi({ clock: context.clock });
  const settings = { organizations: [{ bin: FAKE_BIN, name: 'Fuzz' }] };
  const core = await createHubCore({ store, bank, context, settings });
  await core.start();
  return {
    core,
    async close() {
      await core.stop();
      await store.close();
      await postgres.stop();
    },
  };
}
