import { isEdgeError } from '../edge-error.ts';
import type { AgentReport, ReportBatch, ReportBus, ReportBusEvents } from '../hub/report-bus.ts';

/** The bus with several listeners: the outbox, presence and health hear the same events, in the order of subscription. */
export interface ReportChannel {
  subscribe(events: Partial<ReportBusEvents>): void;
  start(state: () => AgentReport | undefined): void;
  isConnected(): boolean;
  publishState(report: AgentReport): void;
  /** `refused`: the batch is larger than the bus can carry, and always will be. */
  sendBatch(batch: ReportBatch, refused: (detail: string) => void): void;
  reconnect(): void;
  stop(): Promise<void>;
}

/** What cannot be handed over now is sent again by whoever sent it: a failure here says nothing. */
export function createReportChannel(bus: ReportBus): ReportChannel {
  const subscribers: Array<Partial<ReportBusEvents>> = [];
  const tell = (call: (events: Partial<ReportBusEvents>) => void): void => {
    for (const events of subscribers) call(events);
  };
  const events: ReportBusEvents = {
    connected: () => tell((one) => one.connected?.()),
    disconnected: (cause) => tell((one) => one.disconnected?.(cause)),
    ack: (ack) => tell((one) => one.ack?.(ack)),
    command: () => tell((one) => one.command?.()),
    hubState: (state) => tell((one) => one.hubState?.(state)),
  };
  return {
    subscribe: (one) => void subscribers.push(one),
    start: (state) => bus.start(events, state),
    isConnected: () => bus.isConnected(),
    publishState: (report) => void bus.publishState(report).catch(() => undefined),
    sendBatch: (batch, refused) =>
      void bus.sendBatch(batch).catch((error: unknown) => {
        if (isEdgeError(error, 'too_large')) refused(error.message);
      }),
    reconnect: () => bus.reconnect(),
    stop: () => bus.stop(),
  };
}

/** One batch in flight, at most so many rows, below the size that both sides refuse [decisions: journal]. */
export const BATCH_ROWS_MAX = 200;
/** A message is at most 32 KB; envelope and batch header take the rest. */
export const BATCH_BYTES_MAX = 31 * 1024;
