import type { Logger } from '@tolem/base';

/** What was started, so that it can be stopped in the opposite order; one that fails doesn't keep the others running. */
export interface StopList {
  add(name: string, stop: () => Promise<void>): void;
  run(): Promise<void>;
}

export function createStopList(log: Logger): StopList {
  const stops: Array<{ name: string; stop: () => Promise<void> }> = [];
  return {
    add: (name, stop) => void stops.push({ name, stop }),
    async run() {
      for (const { name, stop } of stops.splice(0).reverse()) {
        try {
          await stop();
        } catch (error) {
          log.warn({ error, part: name }, 'a part of the hub did not stop tidily');
        }
      }
    },
  };
}
