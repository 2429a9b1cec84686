import { agentTopics, dnPrefix, HUB_STATE_FILTER, MAX_PAYLOAD_BYTES, readUpTopic } from '@tolem/proto';

/** What an agent may do at the broker, by nothing but the id in its certificate [fleet.md: ACL = 2 rules from the cert]. */
export type Rule = { allowed: true } | { allowed: false; reason: string };

const allowed: Rule = { allowed: true };

export interface PublishAttempt {
  topic: string;
  payloadBytes: number;
  qos: number;
  retain: boolean;
}

/** Own `up/state` (retained) and `up/jrn` (not retained), nothing else. */
export function mayPublish(agentId: string, attempt: PublishAttempt): Rule {
  const topic = readUpTopic(attempt.topic);
  if (topic === undefined || topic.agentId !== agentId) return refuse('topic_not_own');
  if (attempt.payloadBytes > MAX_PAYLOAD_BYTES) return refuse('payload_too_large');
  if (attempt.qos > 1) return refuse('qos_2');
  if (attempt.retain !== (topic.kind === 'state')) return refuse('retain_wrong');
  return allowed;
}

/** Own `dn/…` by plain names, and the hubs' states. `$share`, `#` and everybody else's topics are refused. */
export function maySubscribe(agentId: string, filter: string): Rule {
  if (filter === HUB_STATE_FILTER) return allowed;
  if (filter.startsWith('$')) return refuse('shared_subscription');
  // Only those that there are: an agent that subscribes to names of chance without end would fill the broker's memory.
  const isOwn = filter.startsWith(dnPrefix(agentId)) && Object.values(agentTopics(agentId)).includes(filter);
  return isOwn ? allowed : refuse('topic_not_own');
}

export interface ConnectAttempt {
  clientId: string;
  protocolVersion: number;
  will?: PublishAttempt;
}

/** The client id must be the agent's, so that a second connection of an agent replaces the first; the will its own state. */
export function mayConnectAs(agentId: string, attempt: ConnectAttempt): Rule {
  if (attempt.protocolVersion !== 4) return refuse('protocol_version');
  if (attempt.clientId !== agentId) return refuse('client_id_not_own');
  if (attempt.will === undefined) return allowed;
  if (attempt.will.topic !== agentTopics(agentId).state) return refuse('will_not_own');
  return mayPublish(agentId, attempt.will);
}

function refuse(reason: string): Rule {
  return { allowed: false, reason };
}
