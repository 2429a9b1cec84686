/** The MQTT topics between agent and hub [fleet.md, Topics]. */
const PREFIX = 'tolem/v1';

export const agentTopics = (agentId: string) => ({
  state: `${PREFIX}/${agentId}/up/state`,
  journal: `${PREFIX}/${agentId}/up/jrn`,
  ack: `${PREFIX}/${agentId}/dn/ack`,
  command: `${PREFIX}/${agentId}/dn/cmd`,
});

export const hubStateTopic = (instance: string): string => `${PREFIX}/hub/${instance}/state`;
export const HUB_STATE_FILTER = `${PREFIX}/hub/+/state`;

/** What an agent may publish: everything below its own `up`. What it may subscribe to: its own `dn` and the hubs' states. */
export const upPrefix = (agentId: string): string => `${PREFIX}/${agentId}/up/`;
export const dnPrefix = (agentId: string): string => `${PREFIX}/${agentId}/dn/`;

const UP_TOPIC = /^tolem\/v1\/([A-Za-z0-9_-]{1,64})\/up\/(state|jrn)$/;

export function readUpTopic(topic: string): { agentId: string; kind: 'state' | 'jrn' } | undefined {
  const match = UP_TOPIC.exec(topic);
  const agentId = match?.[1];
  const kind = match?.[2];
  if (agentId === undefined || (kind !== 'state' && kind !== 'jrn')) return undefined;
  return { agentId, kind };
}

/** A payload larger than this is refused on both sides [fleet.md: payload ≤ 32 KB]; batches are filled below it. */
export const MAX_PAYLOAD_BYTES = 32 * 1024;
/** [decisions: journal] One batch in flight, at most so many rows. */
export const MAX_BATCH_ROWS = 200;
