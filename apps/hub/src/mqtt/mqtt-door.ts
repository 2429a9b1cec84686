import type { Context } from '@tolem/base';
import { agentTopics, hubStateTopic, readUpTopic, wire } from '@tolem/proto';
import type { Address } from '../config/hub-config.ts';
import type { HubCore } from '../hub-core.ts';
import type { Gatekeeper } from '../identity/admission.ts';
import type { ServerIdentity } from '../identity/device-authority.ts';
import type { DoorMetrics } from '../metrics/door-metrics.ts';
import { openEmbeddedBroker } from './embedded-broker.ts';
import { createReportIntake } from './report-intake.ts';

export interface MqttDoor {
  readonly address: Address;
  recheck(agentId?: string): Promise<void>;
  connectionCount(): number;
  /** Tells the agents that the hub goes, finishes what it has taken, closes. */
  stop(): Promise<void>;
}

export interface MqttDoorOptions {
  core: HubCore;
  context: Context;
  gatekeeper: Gatekeeper;
  metrics: DoorMetrics;
  authorityPem: string;
  server: ServerIdentity;
  listen: Address;
}

/** Reports of agents over the embedded broker, and the hub's own presence. */
export async function openMqttDoor(options: MqttDoorOptions): Promise<MqttDoor> {
  const { core, context } = options;
  const { log } = context;
  const intake = createReportIntake({
    core,
    log,
    metrics: options.metrics,
    sendAck(agentId, ack) {
      const message = wire.JournalAck.encode({ ...ack, envelope: createEnvelope(context, core.instance) }).finish();
      broker.publish(agentTopics(agentId).ack, message, { retain: false }).catch((error: unknown) => {
        log.warn({ error, agentId }, 'an acknowledgement could not be published; it is repeated at the next birth');
      });
    },
  });
  /** Never retained: who misses it finds the command after its next Hello; the core rings again while it waits. */
  const ring = (agentId: string, commandId: string): void => {
    const bell = wire.CommandBell.encode({ envelope: createEnvelope(context, core.instance), commandId }).finish();
    broker.publish(agentTopics(agentId).command, bell, { retain: false }).catch((error: unknown) => {
      log.debug({ error, agentId }, 'a doorbell could not be rung');
    });
  };
  let isStopping = false;
  const broker = await openEmbeddedBroker({
    ...options,
    onMessage(agentId, { topic, payload }) {
      // A will that we cause by stopping says nothing about its agent.
      if (isStopping) return;
      const kind = readUpTopic(topic)?.kind;
      if (kind !== undefined) intake.put(agentId, kind, payload);
    },
  });
  const announce = async (online: boolean): Promise<void> => {
    const { recovering } = await core.recovery.state();
    const envelope = createEnvelope(context, core.instance);
    const { instance, hubEpoch } = core;
    const state = wire.HubState.encode({ envelope, online, instance, hubEpoch, recovering }).finish();
    return broker.publish(hubStateTopic(instance), state, { retain: true });
  };
  await announce(true);
  core.agents.setBrokerUp(true);
  const silence = core.onChange((change) => {
    if (change.kind === 'command') ring(change.agentId, change.commandId);
    else if (change.kind === 'devices') ring(change.agentId, '');
  });
  return {
    address: broker.address,
    recheck: (agentId) => broker.recheck(agentId),
    connectionCount: () => broker.connectionCount(),
    async stop() {
      isStopping = true;
      silence();
      core.agents.setBrokerUp(false);
      await announce(false).catch((error: unknown) => log.warn({ error }, "the hub's farewell could not be published"));
      await intake.idle();
      await broker.stop();
    },
  };
}

function createEnvelope({ clock, ids }: Context, boot: string): wire.Envelope {
  return { v: 1, id: ids.uuid(), tsMs: BigInt(Math.round(clock.nowMs())), monoMs: clock.monoMs(), boot };
}
