import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BaseError, type Context, createLog, createSystemContext } from '@tolem/base';
import { type AgentConfig, loadAgentConfig } from '../config/agent-config.ts';
import { compareConfigs } from '../config/config-changes.ts';
import { takeIdentity } from '../config/identity-bundle.ts';
import { formatAddress, type ListenAddress, parseListenAddress } from '../config/listen-address.ts';
import { writePrivateFile } from '../config/private-file.ts';
import { createEdgeCore } from '../create-edge-core.ts';
import type { EdgeCore, WholeEdgeCore } from '../edge-core.ts';
import { type EdgeSettings, edgeSettings } from '../edge-settings.ts';
import { createLocalApi } from '../local-api/local-api.ts';
import type { TerminalSetting } from '../terminal/terminal-setting.ts';
import { type CashierPins, createCashierPins } from '../tokens/cashier-pins.ts';
import { openPageSessions } from '../tokens/page-sessions.ts';
import { openTokenStore } from '../tokens/token-store.ts';
import type { AgentProcess } from './agent-process.ts';
import { AGENT_VERSION } from './agent-version.ts';
import { createPosCompatDoor } from './pos-compat-door.ts';

/** Requests that run are answered and the hub is told goodbye within this; then the process ends anyhow. */
const STOP_LIMIT_MS = 10_000;

interface Door {
  listen(address: ListenAddress): Promise<ListenAddress>;
}

/** Where the doors listen. */
interface Addresses {
  localApi: ListenAddress;
  posCompat?: ListenAddress;
}

export interface RunOptions {
  bundle?: string;
  config?: string;
  data?: string;
  readyJson?: true;
}

/** Starts everything; returns when it is ready. Throws operating errors with what a person can do about them. */
export async function runAgent(options: RunOptions, host: AgentProcess): Promise<void> {
  const load = () =>
    loadAgentConfig({
      env: host.env,
      ...(options.config === undefined ? {} : { file: options.config }),
      ...(options.data === undefined ? {} : { dataDir: options.data }),
    });
  const config = load();
  const destination = { write: (line: string) => host.printError(line.trimEnd()) };
  const context = createSystemContext(createLog({ name: 'tolem-agent', level: config.log.level, destination }));
  mkdirSync(config.dataDir, { recursive: true, mode: 0o750 });
  const settings = settingsOf(config);
  const core = openCore(config, options.bundle, settings, context);
  const live = { config };
  const pins = createCashierPins(() => live.config.localApi.cashierPinFile, context.clock);
  const doors = await openDoors(core, context, {
    dataDir: config.dataDir,
    pins,
    abort: () => host.abort(),
  });
  const posCompat = createPosCompatDoor(config, { core, context, abort: () => host.abort() });
  const stop = () =>
    within(context, STOP_LIMIT_MS, async () => {
      await Promise.all([doors.api.close(), posCompat?.close()]);
      await core.stop();
    });
  const addresses = await begin(core, () => listenAtAll(config, doors.api, posCompat), stop);
  const address = addresses.localApi;
  doors.sessions.publish(`http://${formatAddress(address)}`);
  const runFile = join(config.dataDir, 'run.json');
  writePrivateFile(runFile, `${JSON.stringify({ localApi: formatAddress(address) })}\n`, 0o640);

  host.onReload(() => {
    const after = reload(live.config, load, context);
    if (!after) return;
    live.config = after;
    // The core holds this object and reads it at each refund.
    Object.assign(settings.refunds, settingsOf(after).refunds);
  });
  host.onStop(async () => {
    context.log.info({}, 'stopping');
    await stop();
    rmSync(runFile, { force: true });
  });
  announce(options, host, { addresses, core, link: doors.sessions.link(), tokenFile: doors.tokens.localTokenFile });
  context.log.info({ agentId: core.identity.agentId, localApi: formatAddress(address) }, 'the agent is ready');
}

function openCore(
  config: AgentConfig,
  bundle: string | undefined,
  settings: EdgeSettings,
  context: Context,
): WholeEdgeCore {
  const identity = takeIdentity(config.dataDir, bundle);
  return createEdgeCore({
    dataDir: config.dataDir,
    identity: { ...identity, hub: config.hub ?? identity.hub },
    terminals: config.terminals.map(terminalOf),
    settings,
    context,
  });
}

/** Starts the core, then opens the doors; what began is stopped again when the rest cannot begin. */
async function begin(core: EdgeCore, open: () => Promise<Addresses>, stop: () => Promise<void>) {
  try {
    await core.start();
    return await open();
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openDoors(
  core: EdgeCore,
  context: Context,
  parts: { dataDir: string; pins: CashierPins; abort: () => void },
) {
  const tokens = openTokenStore(parts.dataDir, context);
  const sessions = openPageSessions(parts.dataDir, context);
  const api = await createLocalApi({ core, context, tokens, sessions, cashierPins: () => parts.pins }, () =>
    parts.abort(),
  );
  return { tokens, sessions, api };
}

async function listenAtAll(config: AgentConfig, api: Door, posCompat: Door | undefined): Promise<Addresses> {
  const localApi = await listen(api, 'localApi', config.localApi.listen);
  if (!posCompat || !config.posCompat) return { localApi };
  return { localApi, posCompat: await listen(posCompat, 'posCompat', config.posCompat.listen) };
}

async function listen(door: Door, key: keyof Addresses, text: string): Promise<ListenAddress> {
  const address = parseListenAddress(text) ?? { host: '127.0.0.1', port: 0 };
  try {
    return await door.listen(address);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const why = code === 'EADDRINUSE' ? 'another program listens there already' : code || String(cause);
    throw new BaseError('config_invalid', `cannot listen on ${key}.listen ${text}: ${why}`, {
      cause,
    });
  }
}

function settingsOf(config: AgentConfig): EdgeSettings {
  const { scope, within, max } = config.localApi.refunds;
  const chosen = Object.entries(config.intervals).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return edgeSettings({
    version: AGENT_VERSION,
    refunds: { scope, withinMs: within, max },
    intervals: Object.fromEntries(chosen),
    journalKeepDays: config.journal.keepDays,
  });
}

function terminalOf({ ca, ...terminal }: AgentConfig['terminals'][number]): TerminalSetting {
  const setting = Object.fromEntries(Object.entries(terminal).filter(([, value]) => value !== undefined));
  return {
    ...(setting as unknown as TerminalSetting),
    ...(ca === undefined ? {} : { ca: readAuthority(terminal.id, ca) }),
  };
}

function readAuthority(terminalId: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new BaseError('config_invalid', `cannot read the authority of terminal ${terminalId}: ${file}`, { cause });
  }
}

/** Reads the configuration again; a bad one changes nothing. */
function reload(before: AgentConfig, load: () => AgentConfig, context: Context): AgentConfig | undefined {
  try {
    const after = load();
    const { taken, needRestart } = compareConfigs(before, after);
    context.log.info({ taken }, 'the configuration was read again');
    if (needRestart.length > 0) context.log.warn({ needRestart }, 'these settings change only by a restart');
    return { ...before, localApi: { ...before.localApi, ...picked(after) } };
  } catch (error) {
    context.log.warn({ error }, 'the configuration cannot be taken over; the one before stays');
    return undefined;
  }
}

function picked({ localApi }: AgentConfig): Pick<AgentConfig['localApi'], 'refunds' | 'cashierPinFile'> {
  return { refunds: localApi.refunds, cashierPinFile: localApi.cashierPinFile };
}

/** Performs, but never waits longer than `limitMs`. */
async function within(context: Context, limitMs: number, perform: () => Promise<void>): Promise<void> {
  const bound = new AbortController();
  const late = context.clock.sleep(limitMs, bound.signal).then(
    () => context.log.error({ limitMs }, 'stopping took too long and is cut short'),
    () => undefined,
  );
  await Promise.race([perform(), late]);
  bound.abort();
}

function announce(
  options: RunOptions,
  host: AgentProcess,
  ready: { addresses: Addresses; core: EdgeCore; link: string; tokenFile: string },
): void {
  const localApi = formatAddress(ready.addresses.localApi);
  const posCompat = ready.addresses.posCompat && formatAddress(ready.addresses.posCompat);
  if (options.readyJson) {
    host.print(JSON.stringify({ ready: true, localApi, token: ready.tokenFile, till: ready.link, posCompat }));
    return;
  }
  const { storeName, name, agentId } = ready.core.identity;
  const lines = [
    `tolem-agent runs: ${storeName}, ${name} (${agentId})`,
    `  till page         ${ready.link}   (works once; another: tolem-agent link)`,
    `  customer display  http://${localApi}/display   (in the same browser, or: tolem-agent link --display)`,
    `  local API         http://${localApi}/v1/openapi.json   (token: ${ready.tokenFile})`,
    ...(posCompat ? [`  for old tills     http://${posCompat}/payment   (the LAN API of a terminal, v1)`] : []),
    'Press Ctrl+C to stop.',
  ];
  host.print(lines.join('\n'));
}
