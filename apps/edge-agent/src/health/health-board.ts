import type { Clock } from '@tolem/base';
import type { HealthLayer } from './health.ts';

export type HealthReading = Omit<HealthLayer, 'sinceMs'>;

/** Keeps since when each layer is as it is, and tells when one changes. */
export interface HealthBoard {
  layers(): HealthLayer[];
  /** Reads every source again. */
  refresh(): void;
  /** Tells the listeners although no layer has changed: something beside them has. */
  announce(): void;
  onChange(listener: (layers: HealthLayer[]) => void): () => void;
}

export function createHealthBoard(clock: Clock, read: () => HealthReading[]): HealthBoard {
  const listeners = new Set<(layers: HealthLayer[]) => void>();
  let layers: HealthLayer[] = [];
  const since = (reading: HealthReading): number => {
    const before = layers.find((layer) => layer.layer === reading.layer && layer.subject === reading.subject);
    const isSame = before?.state === reading.state && before.cause === reading.cause;
    return isSame ? before.sinceMs : Math.floor(clock.nowMs());
  };
  return {
    layers: () => layers,
    refresh() {
      const next = read().map((reading) => ({ ...reading, sinceMs: since(reading) }));
      const isSame =
        next.length === layers.length &&
        next.every((layer, at) => layer.sinceMs === layers[at]?.sinceMs && layer.detail === layers[at]?.detail);
      layers = next;
      if (!isSame) for (const listener of [...listeners]) listener(layers);
    },
    announce() {
      for (const listener of [...listeners]) listener(layers);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
