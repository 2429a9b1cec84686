import type { Command } from 'commander';
import type { z } from 'zod';
import { createOfflineBank } from '../bank/offline-bank.ts';
import { callAdmin } from '../http/admin-client.ts';
import { isAdminSocketAlive } from '../http/admin-socket.ts';
import {
  deliveryListSchema,
  replayedSchema,
  testedSchema,
  toDeliveryJson,
  toWebhookJson,
  webhookListSchema,
} from '../http/webhook-routes.ts';
import { HubError } from '../hub-error.ts';
import { OPERATOR } from '../identity/agent-enrolment.ts';
import { adminSocketFile } from '../main/start-hub.ts';
import { silentMeter } from '../meter.ts';
import { present } from '../present.ts';
import { DELIVERY_STATES, type DeliveryState, type WebhookService } from '../webhook/webhook.ts';
import { EXIT, type HubProcess } from './hub-process.ts';
import { type ConfigOptions, readConfig, withConfigOptions } from './run-command.ts';

type Webhooks = z.output<typeof webhookListSchema>['webhooks'];
type Deliveries = z.output<typeof deliveryListSchema>['deliveries'];

interface ListOptions extends ConfigOptions {
  json?: true;
}
interface DeliveriesOptions extends ListOptions {
  endpoint?: string;
  state?: string;
  payment?: string;
  limit: string;
}
interface ReplayOptions extends ConfigOptions {
  event?: string;
  from?: string;
  until?: string;
  state?: string;
}
interface ReplayAsked {
  eventId?: string;
  from?: string;
  until?: string;
  state?: DeliveryState;
}

/** `webhook list | deliveries | replay | test`: through the running hub, or on its database while it is stopped. */
export function addWebhookCommands(program: Command, outside: HubProcess): void {
  const webhook = program.command('webhook').description('Programs that are told what happens: state, replay, test');
  withConfigOptions(webhook.command('list'))
    .description('The endpoints and how they fare; exit code 1 where events were given up')
    .option('--json', 'as JSON')
    .action(async (options: ListOptions) => {
      const list = await withWebhooks(options, outside, (desk) => desk.list());
      outside.print(options.json ? JSON.stringify(list, null, 2) : list.map(lineOf).join('\n') || 'No webhooks.');
      if (list.some((one) => one.givenUp > 0)) outside.setExitCode(EXIT.failed);
    });
  withConfigOptions(webhook.command('deliveries'))
    .description('What was sent, waits, or was given up; the newest first')
    .option('--endpoint <id>', 'of this endpoint')
    .option('--state <state>', DELIVERY_STATES.join(', '))
    .option('--payment <id>', 'of this payment')
    .option('--limit <n>', 'how many, at most 200', '50')
    .option('--json', 'as JSON')
    .action(async (options: DeliveriesOptions) => {
      const { endpoint: endpointId, payment: subject, limit } = options;
      const filter = { ...present({ endpointId, subject, state: stateOf(options.state) }), limit: limitOf(limit) };
      const list = await withWebhooks(options, outside, (desk) => desk.deliveries(filter));
      outside.print(options.json ? JSON.stringify(list, null, 2) : list.map(deliveryLine).join('\n') || 'Nothing.');
    });
  withConfigOptions(webhook.command('replay'))
    .description('Send events again, under the ids they had')
    .argument('<endpoint>')
    .option('--event <id>', 'this event')
    .option('--from <moment>', 'events since then, such as 2026-03-01T00:00:00Z')
    .option('--until <moment>', 'events before then')
    .option('--state <state>', `only those in this state: ${DELIVERY_STATES.join(', ')}`)
    .action(async (endpoint: string, options: ReplayOptions) => {
      const { event: eventId, from, until } = options;
      const asked = present({ eventId, from: isoOf(from), until: isoOf(until), state: stateOf(options.state) });
      if (Object.keys(asked).length === 0)
        throw new HubError('usage', 'name events: --event, --from, --until or --state');
      const count = await withWebhooks(options, outside, (desk) => desk.replay(endpoint, asked));
      outside.print(`${counted(count, 'event')} will be sent again to ${endpoint}.`);
    });
  withConfigOptions(webhook.command('test'))
    .description('Post a test event now and tell what the endpoint answered')
    .argument('<endpoint>')
    .action(async (endpoint: string, options: ConfigOptions) => {
      const { ok, answer, tookMs } = await withWebhooks(options, outside, (desk) => desk.test(endpoint));
      outside.print(`${endpoint} ${ok ? 'took the event' : 'did not take the event'}: ${answer}, ${tookMs} ms`);
      if (!ok) outside.setExitCode(EXIT.failed);
    });
}

interface Desk {
  list(): Promise<Webhooks>;
  deliveries(filter: {
    limit: number;
    endpointId?: string;
    subject?: string;
    state?: DeliveryState;
  }): Promise<Deliveries>;
  replay(endpointId: string, asked: ReplayAsked): Promise<number>;
  test(endpointId: string): Promise<z.output<typeof testedSchema>>;
}

async function withWebhooks<Result>(
  options: ConfigOptions,
  outside: HubProcess,
  run: (desk: Desk) => Promise<Result>,
): Promise<Result> {
  const config = readConfig(options, outside);
  const socket = adminSocketFile(config);
  if (await isAdminSocketAlive(socket)) return run(remoteDesk(socket));
  const context = outside.createContext(config.log.level === 'debug' ? 'debug' : 'warn');
  const bank = createOfflineBank(config.kaspi.scheme);
  const { core, close } = await outside.openCore({ config, context, bank, meter: silentMeter });
  try {
    return await run(localDesk(core.webhooks));
  } finally {
    await close();
  }
}

function remoteDesk(socket: string): Desk {
  const pathOf = (endpointId: string, verb: string) => `/webhooks/${encodeURIComponent(endpointId)}/${verb}`;
  const post = (path: string, body: unknown) => callAdmin(socket, { method: 'POST', path, body });
  return {
    list: async () => webhookListSchema.parse(await callAdmin(socket, { method: 'GET', path: '/webhooks' })).webhooks,
    async deliveries(filter) {
      const query = new URLSearchParams({ ...filter, limit: String(filter.limit) });
      const path = `/webhooks/deliveries?${query}`;
      return deliveryListSchema.parse(await callAdmin(socket, { method: 'GET', path })).deliveries;
    },
    replay: async (endpointId, asked) => replayedSchema.parse(await post(pathOf(endpointId, 'replay'), asked)).replayed,
    test: async (endpointId) => testedSchema.parse(await post(pathOf(endpointId, 'test'), {})),
  };
}

function localDesk(webhooks: WebhookService): Desk {
  return {
    list: async () => (await webhooks.endpoints()).map(toWebhookJson),
    deliveries: async (filter) => (await webhooks.deliveries(filter)).deliveries.map(toDeliveryJson),
    replay: (endpointId, { from, until, ...asked }) => {
      const span = present({ fromMs: from && Date.parse(from), untilMs: until && Date.parse(until) });
      return webhooks.replay(OPERATOR, { endpointId, ...asked, ...(span as { fromMs?: number; untilMs?: number }) });
    },
    async test(endpointId) {
      const { isTaken, answer, tookMs } = await webhooks.test(OPERATOR, endpointId);
      return { ok: isTaken, answer, tookMs };
    },
  };
}

function stateOf(text: string | undefined): DeliveryState | undefined {
  const state = DELIVERY_STATES.find((one) => one === text);
  if (text !== undefined && state === undefined) {
    throw new HubError('usage', `--state is one of ${DELIVERY_STATES.join(', ')}`);
  }
  return state;
}

function isoOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new HubError('usage', `not a moment: ${text}; write 2026-03-01T00:00:00Z`);
  return new Date(ms).toISOString();
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 200) throw new HubError('usage', '--limit is 1 to 200');
  return limit;
}

function lineOf({ id, url, waiting, givenUp, oldestWaitingAt, last }: Webhooks[number]): string {
  const state = givenUp > 0 ? 'given up' : last === undefined ? 'idle' : last.ok ? 'ok' : 'failing';
  const parts = [
    `${waiting} waiting${oldestWaitingAt === undefined ? '' : ` since ${oldestWaitingAt}`}`,
    ...(givenUp > 0 ? [`${givenUp} given up`] : []),
    ...(last === undefined ? [] : [`last answer ${last.answer} at ${last.at}`]),
  ];
  return [id.padEnd(20), state.padEnd(9), url, parts.join(', ')].join(' ');
}

function deliveryLine(one: Deliveries[number]): string {
  const next = one.nextAt === undefined ? '' : `, next ${one.nextAt}`;
  const attempts = `${counted(one.attempts, 'attempt')}${one.answer === undefined ? '' : `, ${one.answer}`}${next}`;
  return [one.at, one.state.padEnd(9), one.type.padEnd(18), one.subject, one.endpointId, one.eventId, attempts].join(
    ' ',
  );
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
