import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { HubError } from '../hub-error.ts';
import type { AgentBundle } from '../identity/agent-bundle.ts';
import type { AddAgent } from '../identity/agent-enrolment.ts';
import { agentLines } from './agent-list.ts';
import { addDeviceCommands, tellDeviceOutcome } from './device-commands.ts';
import type { HubProcess } from './hub-process.ts';
import { withEnrolment } from './operator-enrolment.ts';
import { type ConfigOptions, withConfigOptions } from './run-command.ts';

interface AddOptions extends ConfigOptions {
  id: string;
  name?: string;
  store?: string;
  out: string;
  device?: string;
  bin?: string;
  tradePoint?: string;
  days?: string;
  reissue?: true;
}

/** `agent add | list | revoke`, `agent device …`: through the running hub, or on its database while it is stopped. */
export function addAgentCommands(program: Command, outside: HubProcess): void {
  const agent = program.command('agent').description('Tills and machines: add, list, revoke; their Kaspi devices');
  addDeviceCommands(agent, outside);
  withConfigOptions(agent.command('add'))
    .description('Add an agent and write its bundle (identity and key: keep it like a password)')
    .requiredOption('--id <id>', 'a–z, 0–9, "_" and "-", such as till-1')
    .option('--name <text>', 'what people call it; the id by default')
    .option('--store <text>', 'the store it stands in')
    .requiredOption('--out <file>', 'where the bundle goes; must not exist')
    .option('--device <id>', 'its Kaspi device, registered with --bin and --trade-point')
    .option('--bin <bin>', 'BIN of the organization')
    .option('--trade-point <id>', "Kaspi's trade point")
    .option('--days <n>', 'life of its certificate')
    .option('--reissue', 'a new certificate for an agent that exists; the old one is refused from then on')
    .action(async (options: AddOptions) => {
      const request = toRequest(options);
      const file = resolve(outside.cwd, options.out);
      const { bundle, device } = await writeBundle(file, () =>
        withEnrolment(options, outside, (enrolment) => enrolment.add(request)),
      );
      outside.print(`Agent ${bundle.agentId} (${bundle.name}) added; its bundle: ${file}`);
      outside.print(`On the till's machine: tolem-agent run --bundle ${options.out} --data DIR`);
      if (device && request.device) tellDeviceOutcome(request.device.deviceId, device, outside);
    });
  withConfigOptions(agent.command('list'))
    .description('List the agents, those that need somebody first: presence, what is wrong, journal, certificate')
    .option('--json', 'as JSON')
    .action(async (options: ConfigOptions & { json?: true }) => {
      const agents = await withEnrolment(options, outside, (enrolment) => enrolment.list());
      outside.print(options.json ? JSON.stringify(agents, null, 2) : agentLines(agents).join('\n'));
    });
  withConfigOptions(agent.command('revoke'))
    .description('Shut an agent out for good, within 5 seconds where it is connected')
    .argument('<id>')
    .requiredOption('--reason <text>', 'kept with the agent')
    .action(async (id: string, options: ConfigOptions & { reason: string }) => {
      await withEnrolment(options, outside, (enrolment) => enrolment.revoke(id, options.reason));
      outside.print(`Agent ${id} is revoked.`);
    });
}

function toRequest(options: AddOptions): AddAgent {
  const { id: agentId, name = agentId, store: storeName = name, device, bin, tradePoint, days, reissue } = options;
  const request: AddAgent = { agentId, name, storeName, ...(reissue ? { reissue } : {}) };
  if (days !== undefined) request.days = Number(days);
  if (request.days !== undefined && !(Number.isInteger(request.days) && request.days > 0)) {
    throw new HubError('usage', '--days must be a whole number above 0');
  }
  if (device === undefined && bin === undefined && tradePoint === undefined) return request;
  if (device === undefined || bin === undefined || tradePoint === undefined) {
    throw new HubError('usage', '--device, --bin and --trade-point belong together');
  }
  return { ...request, device: { deviceId: device, organizationBin: bin, tradePointId: tradePoint } };
}

/** The file is taken before anything is issued, so that no identity is made that has nowhere to go. */
async function writeBundle<Added extends { bundle: AgentBundle }>(
  file: string,
  add: () => Promise<Added>,
): Promise<Added> {
  const handle = openNew(file);
  try {
    const added = await add();
    writeSync(handle, `${JSON.stringify(added.bundle, null, 2)}\n`);
    fsyncSync(handle);
    return added;
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  } finally {
    closeSync(handle);
  }
}

function openNew(file: string): number {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (cause) {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    if (exists) throw new HubError('file_exists', `${file} exists already; name another file`, { cause });
    throw new HubError('file_unreadable', `cannot write ${file}`, { cause });
  }
}
