import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { cpuMicros } from './figure.ts';
import type { HubStage } from './hub-stage.ts';
import { atMost, paced } from './paced.ts';

/** What asking the bank costs with nothing of ours around it: undici, a certificate, JSON.parse. */
export interface BareLoop {
  /** CPU of this process for one question, at that many a second, and how late they began. */
  at(perSecond: number, forMs: number): Promise<{ micros: number; latenessMs: number[] }>;
  /** The same as fast as 32 questions at a time go. */
  microsFlatOut(questions: number): Promise<number>;
  close(): Promise<void>;
}

const AT_ONCE = 32;

export function createBareLoop({ context, bank, identity, ca }: HubStage): BareLoop {
  const pool = new Pool(`https://${bank.bare}`, { connections: 64, connect: { ...identity, ca, allowH2: false } });
  const ask = async (): Promise<void> => {
    const headers = { accept: 'application/json', 'x-request-id': randomUUID() };
    const { body } = await pool.request({ method: 'GET', path: '/r3/v02/payment/status/2500000015', headers });
    JSON.parse(await body.text());
  };
  return {
    async at(perSecond, forMs) {
      await atMost(AT_ONCE, AT_ONCE, ask);
      const before = cpuMicros();
      const { latenessMs } = await paced(context.clock, perSecond, forMs, ask);
      return { micros: (cpuMicros() - before) / latenessMs.length, latenessMs };
    },
    async microsFlatOut(questions) {
      await atMost(AT_ONCE, questions / 4, ask);
      const before = cpuMicros();
      await atMost(AT_ONCE, questions, ask);
      return (cpuMicros() - before) / questions;
    },
    close: () => pool.close(),
  };
}
