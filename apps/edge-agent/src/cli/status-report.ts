import { join } from 'node:path';
import { BaseError, createSystemClock } from '@tolem/base';
import type { AgentConfig } from '../config/agent-config.ts';
import { readFileIfThere } from '../config/private-file.ts';
import type { AgentProcess } from './agent-process.ts';
import { adviceFor } from './status-advice.ts';

/** An agent on the same machine answers in milliseconds or not at all. */
const ANSWER_MS = 5000;

interface Health {
  status: string;
  layers: Array<{ layer: string; subject: string; state: string; cause: string; detail: string; since: string }>;
  outbox: { waiting: number };
}
interface Terminals {
  terminals: Array<{ id: string; api: string; state: string; reason?: string }>;
}

/** Asks the running agent and prints what it says: 0 it works, 1 trouble (a layer says `fail`), 2 no answer. */
export async function reportStatus(config: AgentConfig, options: { json?: true }, host: AgentProcess): Promise<number> {
  const { address, token } = whereAndWho(config);
  const patience = new AbortController();
  const timer = createSystemClock().after(ANSWER_MS, () => patience.abort());
  let answered: number | undefined;
  const ask = async (path: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`http://${address}/v1${path}`, { headers, signal: patience.signal });
    answered = answer.status;
    if (!answer.ok) throw new BaseError('aborted', `${path} answered ${answer.status}`);
    return answer.json();
  };
  try {
    const [health, device, terminals] = (await Promise.all([ask('/health'), ask('/device'), ask('/terminals')])) as [
      Health,
      Device,
      Terminals,
    ];
    host.print(options.json ? JSON.stringify({ device, health, ...terminals }) : table(device, health, terminals));
    return health.status === 'fail' ? 1 : 0;
  } catch (error) {
    const why =
      error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error);
    if (options.json) host.print(JSON.stringify({ running: answered !== undefined, address, error: why }));
    else if (answered === 401) {
      host.printError(`tolem-agent: an agent runs at ${address}, but it does not know the token of ${config.dataDir}`);
      host.printError('This is the data folder of another agent: name the right one with --data (or dataDir)');
    } else {
      host.printError(`tolem-agent: no answer from ${address}: ${why}`);
      host.printError(`Does the agent run, and with this data folder (${config.dataDir})?`);
    }
    return 2;
  } finally {
    timer.cancel();
  }
}

/** The running agent says in `run.json` where it listens; the configuration may say port 0 or have changed since. */
function whereAndWho(config: AgentConfig): { address: string; token: string } {
  const running = readFileIfThere(join(config.dataDir, 'run.json'));
  return {
    address: (running === undefined ? undefined : addressIn(running)) ?? config.localApi.listen,
    token: readFileIfThere(join(config.dataDir, 'local-token'))?.trim() ?? '',
  };
}

/** Undefined for a file that is damaged: the configuration says it then. */
function addressIn(text: string): string | undefined {
  try {
    const document: unknown = JSON.parse(text);
    const isTold = typeof document === 'object' && document !== null && 'localApi' in document;
    return isTold && typeof document.localApi === 'string' ? document.localApi : undefined;
  } catch {
    return undefined;
  }
}

interface Device {
  agentId: string;
  name: string;
  storeName: string;
  version: string;
}

/** For a technician's eyes: what is wrong first, since when, and what to do about it. */
function table(device: Device, health: Health, { terminals }: Terminals): string {
  const layers = [...health.layers].sort((a, b) => rankOf(a.state) - rankOf(b.state));
  const rows = terminals.map(
    ({ id, api, state, reason }) =>
      `  ${state.padEnd(12)}${id} (${api})${reason ? `: ${reason.replaceAll('_', ' ')}` : ''}`,
  );
  const { waiting } = health.outbox;
  return [
    `${device.storeName}, ${device.name} (${device.agentId}), version ${device.version}: ${WORD_OF[health.status] ?? health.status}`,
    ...layers.flatMap(layerLines),
    ...(rows.length > 0 ? ['terminals', ...rows] : []),
    waiting === 0
      ? 'The hub has the whole journal.'
      : `${waiting} facts wait for the hub; nothing is lost while they wait.`,
  ].join('\n');
}

const WORD_OF: Readonly<Record<string, string>> = {
  ok: 'well',
  warn: 'works, with less than it should',
  fail: 'trouble',
};
const RANKS = ['fail', 'warn', 'unknown', 'ok'];

function rankOf(state: string): number {
  const at = RANKS.indexOf(state);
  return at === -1 ? 0 : at;
}

function layerLines({ layer, subject, state, cause, detail, since }: Health['layers'][number]): string[] {
  const name = `  ${state.padEnd(8)}${layer.replaceAll('_', ' ')}${subject ? ` ${subject}` : ''}`;
  if (state === 'ok') return [`${name}${detail ? ` (${detail})` : ''}`];
  const advice = adviceFor({ layer, state, cause });
  return [
    `${name}: ${cause.replaceAll('_', ' ')}${detail ? ` (${detail})` : ''}, since ${since}`,
    ...(advice === undefined ? [] : [`          ${advice}`]),
  ];
}
