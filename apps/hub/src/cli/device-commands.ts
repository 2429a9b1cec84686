import type { Command } from 'commander';
import type { DeviceOutcome } from '../identity/agent-enrolment.ts';
import { EXIT, type HubProcess } from './hub-process.ts';
import { type DeviceJson, withEnrolment } from './operator-enrolment.ts';
import { type ConfigOptions, withConfigOptions } from './run-command.ts';

interface DeviceOptions extends ConfigOptions {
  agent: string;
}

/** `agent device add | list | disable | enable`. */
export function addDeviceCommands(agent: Command, outside: HubProcess): void {
  const device = agent.command('device').description("An agent's Kaspi devices: add, list, disable, enable");
  const ofAgent = (name: string) =>
    withConfigOptions(device.command(name)).requiredOption('--agent <id>', 'whose device it is');
  ofAgent('add')
    .description('Register one more device; the same arguments give the same device')
    .requiredOption('--device <id>', 'Latin letters, digits, "_" and "-"; unique in its organization')
    .requiredOption('--bin <bin>', 'BIN of the organization')
    .requiredOption('--trade-point <id>', "Kaspi's trade point")
    .action(async (options: DeviceOptions & { device: string; bin: string; tradePoint: string }) => {
      const { agent: agentId, device: deviceId, bin: organizationBin, tradePoint: tradePointId } = options;
      const outcome = await withEnrolment(options, outside, (enrolment) =>
        enrolment.addDevice(agentId, { deviceId, organizationBin, tradePointId }),
      );
      tellDeviceOutcome(deviceId, outcome, outside);
    });
  ofAgent('list')
    .description('List the devices of an agent')
    .option('--json', 'as JSON')
    .action(async (options: DeviceOptions & { json?: true }) => {
      const devices = await withEnrolment(options, outside, (enrolment) => enrolment.devices(options.agent));
      outside.print(options.json ? JSON.stringify(devices, null, 2) : devices.map(lineOf).join('\n') || 'No devices.');
    });
  for (const [name, enabled] of [
    ['disable', false],
    ['enable', true],
  ] as const) {
    ofAgent(name)
      .description(
        enabled ? 'Take payments with it again' : 'Take no new payments with it; those it took are refunded as before',
      )
      .argument('<device>')
      .action(async (deviceId: string, options: DeviceOptions) => {
        await withEnrolment(options, outside, (enrolment) =>
          enrolment.setDeviceEnabled(options.agent, deviceId, enabled),
        );
        outside.print(`Device ${deviceId} of ${options.agent} is ${enabled ? 'enabled' : 'disabled'}.`);
      });
  }
}

function lineOf({ deviceId, enabled, organizationBin, tradePointId, tradePointName }: DeviceJson): string {
  const place = [`BIN ${organizationBin}`, `trade point ${tradePointId}`, tradePointName].filter(Boolean).join(', ');
  return [deviceId.padEnd(20), (enabled ? 'enabled' : 'disabled').padEnd(9), place].join(' ');
}

/** A refusal ends with exit code 1: the hub does not try it again. */
export function tellDeviceOutcome(deviceId: string, outcome: DeviceOutcome, outside: HubProcess): void {
  const { registered, refused, detail } = outcome;
  if (registered) outside.print(`Kaspi device ${deviceId} registered at ${detail}`);
  else if (!refused) {
    outside.printError(`tolem-hub: the Kaspi device ${deviceId} is not registered yet: ${detail}`);
  } else {
    outside.printError(`tolem-hub: the Kaspi device ${deviceId} was refused and is not tried again: ${detail}`);
    outside.printError('Correct what it says, then: tolem-hub agent device add');
    outside.setExitCode(EXIT.failed);
  }
}
