/** The port for figures of the doors; `prometheus.ts` turns them into series. */
export interface DoorMetrics {
  /** Counts a call and its duration; the function returned ends it with `ok` or the word of the refusal. */
  callStarted(door: 'grpc' | 'http', method: string): (outcome: string) => void;
  /** Somebody was sent away at the door. */
  refused(door: 'grpc' | 'mqtt' | 'http', reason: string): void;
  connections(door: 'grpc' | 'mqtt' | 'stream', count: number): void;
  message(kind: 'state' | 'journal' | 'ack', outcome: string): void;
}

export const silentDoorMetrics: DoorMetrics = {
  callStarted: () => () => {},
  refused() {},
  connections() {},
  message() {},
};
