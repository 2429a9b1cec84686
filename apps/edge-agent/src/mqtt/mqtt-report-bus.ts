import { createSecureContext } from 'node:tls';
import { type Context, type RetrySchedule, retryDelayMs, type Timer } from '@tolem/base';
import { agentTopics, HUB_STATE_FILTER, hubStateTopic, MAX_PAYLOAD_BYTES } from '@tolem/proto';
import { EdgeError } from '../edge-error.ts';
import type { AgentReport, ReportBus, ReportBusEvents } from '../hub/report-bus.ts';
import {
  type BrokerAddress,
  type BrokerConnection,
  type BrokerIdentity,
  type BrokerLimits,
  openBrokerConnection,
} from './broker-connection.ts';
import { decodeAck, decodeHubState, encodeBatch, encodeState } from './report-messages.ts';

export interface ReportBusLimits extends BrokerLimits {
  reconnect: RetrySchedule;
  /** A connection that lasted so long counts as good: the next pause begins small again. Two agents that push each other out
   * at the broker never get there. */
  stableMs: number;
}

export const REPORT_BUS_LIMITS: ReportBusLimits = {
  connectMs: 10_000,
  publishMs: 10_000,
  keepaliveS: 10,
  publishingMax: 8,
  goodbyeMs: 1_500,
  // Thousands of stores come back at once when a hub restarts: the spread is wide.
  reconnect: { firstMs: 500, maxMs: 10_000, jitter: 0.5 },
  stableMs: 15_000,
};

/**
 * `ReportBus` over MQTT 3.1.1 [fleet.md, Topics]. Nothing waits in it: what can't be handed over now is refused. Every connection
 * is a new client, with a will made of the state at that moment. Throws `identity_invalid` for credentials that can't be used or
 * an address that is not `mqtts://host:port`.
 */
export function createMqttReportBus(parts: {
  identity: BrokerIdentity;
  /** `mqtts://host:port`. */
  address: string;
  context: Context;
  limits?: Partial<ReportBusLimits>;
}): ReportBus {
  const { context, identity } = parts;
  const limits: ReportBusLimits = { ...REPORT_BUS_LIMITS, ...parts.limits };
  const address = readAddress(parts.address);
  checkCredentials(identity);
  const topics = agentTopics(identity.agentId);
  const noticed = new Set<string>();
  let events: ReportBusEvents | undefined;
  let state: () => AgentReport | undefined = () => undefined;
  let connection: BrokerConnection | undefined;
  let boot = '';
  let isConnected = false;
  let lastCause = '';
  let timer: Timer | undefined;
  let stability: Timer | undefined;
  let attempt = 0;

  const again = (): void => {
    timer?.cancel();
    timer = context.clock.after(retryDelayMs(limits.reconnect, attempt, context.random), connect);
    attempt += 1;
  };
  const ended = (cause: string): void => {
    connection = undefined;
    stability?.cancel();
    const isNews = isConnected || cause !== lastCause;
    isConnected = false;
    lastCause = cause;
    if (events === undefined) return;
    if (isNews) {
      context.log.warn({ cause }, 'reports cannot reach the hub');
      events.disconnected(cause);
    }
    again();
  };
  const opened = (): void => {
    isConnected = true;
    lastCause = '';
    stability = context.clock.after(limits.stableMs, () => {
      attempt = 0;
    });
    const report = state();
    if (report !== undefined) {
      publishState(report).catch((error: unknown) => context.log.warn({ error }, 'the birth could not be published'));
    }
    context.log.info({}, 'reports reach the hub');
    events?.connected();
  };
  const hear = (topic: string, payload: Uint8Array): void => {
    if (topic === topics.command) {
      // What it says is asked by a call; the ring alone counts.
      events?.command();
      return;
    }
    const ack = topic === topics.ack ? decodeAck(payload) : undefined;
    const hub = topic === topics.ack ? undefined : decodeHubState(payload);
    if (ack) events?.ack(ack);
    else if (hub && topic === hubStateTopic(hub.instance)) events?.hubState(hub);
    else ignore(topic, payload);
  };
  const message = (topic: string, payload: Uint8Array): void => {
    try {
      hear(topic, payload);
    } catch (error) {
      // An operating failure such as a full disk: the hub repeats its ack at the next birth. A bug ends the process.
      if (!(error instanceof EdgeError)) throw error;
      context.log.error({ error }, 'a message of the hub could not be taken');
    }
  };
  const ignore = (topic: string, payload: Uint8Array): void => {
    const kind = topic === topics.ack ? 'ack' : 'hub state';
    // Once per process and kind: a broken peer sends it again and again.
    if (noticed.has(kind)) return;
    noticed.add(kind);
    context.log.warn(
      { topic, bytes: payload.length },
      'a message that cannot be read was ignored; further ones are not logged',
    );
  };
  function connect(): void {
    const report = state();
    if (events === undefined || report === undefined) {
      if (events !== undefined) again();
      return;
    }
    boot = report.boot;
    const will = { topic: topics.state, payload: encodeState({ ...report, online: false, stopping: false }, context) };
    const subscriptions = [topics.ack, topics.command, HUB_STATE_FILTER];
    connection = openBrokerConnection({
      context,
      address,
      identity,
      limits,
      will,
      subscriptions,
      opened,
      message,
      ended,
    });
  }
  const publish = (topic: string, payload: Buffer, retain: boolean): Promise<void> => {
    if (connection === undefined || !isConnected) return Promise.reject(refused('not connected'));
    if (payload.length > MAX_PAYLOAD_BYTES) {
      return Promise.reject(new EdgeError('too_large', `${payload.length} bytes are more than ${MAX_PAYLOAD_BYTES}`));
    }
    return connection.publish(topic, payload, { retain });
  };
  const publishState = (report: AgentReport): Promise<void> =>
    publish(topics.state, encodeState(report, context), true);

  return {
    start(given, stateOf) {
      events = given;
      state = stateOf;
      connect();
    },
    isConnected: () => isConnected,
    async publishState(report) {
      if (isConnected) await publishState(report);
    },
    sendBatch: async (batch) => publish(topics.journal, encodeBatch(batch, boot, context), false),
    reconnect() {
      if (events === undefined) return;
      attempt = 0;
      // Cut, not left: should no new connection come about, the will has told that we are away.
      connection?.cut('session_changed');
      timer?.cancel();
      connect();
    },
    async stop() {
      events = undefined;
      timer?.cancel();
      const leaving = connection;
      if (leaving === undefined) return;
      const report = state();
      const isTold = report !== undefined && (await sayGoodbye({ ...report, online: false, stopping: true }));
      // A broker that did not take the goodbye publishes the will instead.
      if (isTold) await leaving.goodbye();
      else leaving.cut('stopped');
    },
  };

  function sayGoodbye(report: AgentReport): Promise<boolean> {
    return new Promise((resolve) => {
      const patience = context.clock.after(limits.goodbyeMs, () => resolve(false));
      const told = (isTold: boolean) => {
        patience.cancel();
        resolve(isTold);
      };
      publishState(report).then(
        () => told(true),
        () => told(false),
      );
    });
  }
}

function readAddress(text: string): BrokerAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'mqtts:' || url.hostname === '') {
    throw new EdgeError('identity_invalid', `the hub's MQTT address must be mqtts://host:port, not ${text}`);
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? 8883 : Number(url.port) };
}

function checkCredentials({ ca, certificate, key }: BrokerIdentity): void {
  try {
    createSecureContext({ ca, cert: certificate, key });
  } catch (cause) {
    throw new EdgeError('identity_invalid', 'the certificate, key or authority of the bundle cannot be used', {
      cause,
    });
  }
}

function refused(why: string): EdgeError {
  return new EdgeError('hub_unreachable', `the message was not handed over: ${why}`, { effect: 'none' });
}
