import type { AgentReport, ReportBatch, ReportBus, ReportBusEvents } from './report-bus.ts';

/** The broker's side of a fake bus: what reached it, and the hands of fate. */
export interface FakeBus extends ReportBus {
  /** Births and goodbyes as they were published. */
  readonly states: AgentReport[];
  /** Cuts or heals the connection; a heal is a new connection with a birth. */
  setConnected(isConnected: boolean): void;
  /** The broker takes so many batches that the hub never gets: a PUBACK proves nothing. */
  loseBatches(count: number): void;
  /** The events of the agent: what the hub sends down. */
  readonly down: ReportBusEvents;
}

/** `onBatch` and `onState` are the hub's ears; both are called in a later turn, as over a wire. */
export function createFakeBus(ears: {
  onBatch: (batch: ReportBatch) => void;
  onState: (report: AgentReport) => void;
}): FakeBus {
  const states: AgentReport[] = [];
  let events: ReportBusEvents | undefined;
  let state: () => AgentReport | undefined = () => undefined;
  let isUp = true;
  let isConnected = false;
  let lost = 0;

  const later = (run: () => void): void => queueMicrotask(run);
  const birth = (report: AgentReport): void => {
    states.push(report);
    later(() => ears.onState(report));
  };
  const connect = (): void => {
    const report = state();
    if (!isUp || !events || !report || isConnected) return;
    isConnected = true;
    birth(report);
    events.connected();
  };
  const silent: ReportBusEvents = { connected() {}, disconnected() {}, ack() {}, command() {}, hubState() {} };
  return {
    states,
    loseBatches(count) {
      lost = count;
    },
    get down() {
      return events ?? silent;
    },
    start(given, stateOf) {
      events = given;
      state = stateOf;
      connect();
    },
    isConnected: () => isConnected,
    async publishState(report) {
      if (isConnected) birth(report);
    },
    async sendBatch(batch) {
      if (!isConnected) return;
      if (lost > 0) lost -= 1;
      else later(() => ears.onBatch(batch));
    },
    reconnect() {
      isConnected = false;
      connect();
    },
    async stop() {
      isConnected = false;
      events = undefined;
    },
    setConnected(next) {
      isUp = next;
      if (next) connect();
      else if (isConnected) {
        isConnected = false;
        events?.disconnected('cut');
      }
    },
  };
}
