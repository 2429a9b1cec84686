/** What a technician does about a cause that the health tells; nothing where the cause says it or only time helps. */
const ADVICE: Readonly<Record<string, string>> = {
  journal_refused: 'the hub does not take a row of the journal: call the head office, nothing is lost',
  journal_damaged: 'look at the disk; look at the last operation of each terminal before the first payment',
  journal_lost: 'the data folder was emptied or another one is used; look at the last operation of each terminal',
  disk_full: 'make room on the disk of the data folder; payments go on by themselves',
  clock_before_build: 'set the clock of this machine, and switch its synchronisation on',
  clock_differs: 'set the clock of this machine, and switch its synchronisation on',
  hub_unreachable: "check the store's internet, then whether a firewall lets the hub's ports through; terminals go on",
  hub_failed: 'the hub answers with an error: call the head office; terminals go on',
  agent_revoked: 'the head office has shut this agent out: call them for a new bundle',
  superseded: 'a second machine has this bundle: find it and stop it, then restart the right one',
  clone_suspected: 'two machines have one disk image: call the head office, they close the case',
  fingerprint_changed: 'the bundle was moved to another machine: call the head office, they close the case',
  reports_disconnected: "the hub's MQTT port (8883) is not reached: a firewall, most likely; payments go on",
  no_hub_reads_reports: 'the broker is reached and no hub is: it restarts, or call the head office',
  expired: 'ask the head office for a new bundle (tolem-hub agent add --reissue)',
  expires_soon: 'ask the head office for a new bundle (tolem-hub agent add --reissue)',
  unreachable: 'is the terminal on, in this network, and at the address in the configuration?',
  connect_failed: 'is the terminal on, in this network, and at the address in the configuration?',
  connection_lost: 'is the terminal on, and its Wi-Fi good enough? Restart Kaspi Pay on it',
  no_answer: 'open Kaspi Pay on the terminal',
  tls_failed: 'is this address a Kaspi terminal? Restart Kaspi Pay on it',
  not_a_terminal: 'something else answers at this address: repair the address in the configuration',
  wrong_terminal: 'another terminal answers at this address: repair the address, or `serial`, in the configuration',
  pairing_needed: 'open the till page, pair the terminal there, and allow it on its screen',
  other_api: 'the terminal speaks another API version than the configuration says: leave `api` out',
};

/** A terminal that is held is held for a person, whatever the cause. */
const LAST_OPERATION = 'look at the last operation on the terminal, then say at the till page how it ended';

export function adviceFor({
  layer,
  state,
  cause,
}: {
  layer: string;
  state: string;
  cause: string;
}): string | undefined {
  // What is not known yet waits for another layer, whose advice stands there.
  if (state !== 'fail' && state !== 'warn') return undefined;
  return layer === 'terminal_app' ? LAST_OPERATION : ADVICE[cause];
}
