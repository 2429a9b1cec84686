import { type Address, formatAddress, type HubConfig, parseAddress } from '../config/hub-config.ts';
import { HubError } from '../hub-error.ts';
import type { HubAddresses } from '../identity/agent-enrolment.ts';

/**
 * What a bundle tells an agent: `advertise` where given, else the listener itself with the port really taken.
 * Throws `usage` where that is no address that an agent can call.
 */
export function addressesOf(
  config: Pick<HubConfig, 'grpc' | 'mqtt'>,
  running?: { grpc: { address: Address }; mqtt: { address: Address } },
): HubAddresses {
  return {
    grpc: addressOf('grpc', config.grpc, running?.grpc.address),
    mqtt: addressOf('mqtt', config.mqtt, running?.mqtt.address),
  };
}

function addressOf(
  door: string,
  { listen, advertise }: { listen: string; advertise?: string | undefined },
  taken: Address | undefined,
): string {
  const address = parseAddress(advertise ?? listen);
  const port = address.port === 0 ? (taken?.port ?? 0) : address.port;
  if (port === 0) throw new HubError('usage', `${door}.listen has port 0: start the hub first, or give it a port`);
  if (address.host === '0.0.0.0' || address.host === '::') {
    throw new HubError('usage', `${door}.listen is every address: name in ${door}.advertise how agents reach it`);
  }
  return formatAddress({ host: address.host, port });
}
