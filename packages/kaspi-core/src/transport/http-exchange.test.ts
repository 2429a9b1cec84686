import { createVirtualClock } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { HttpExchange } from './http-exchange.ts';
import type { HttpCall } from './http-transport.ts';

function exchangeOf(call: Partial<HttpCall> = {}) {
  const clock = createVirtualClock();
  const aborted: Error[] = [];
  const controller = {
    aborted: false,
    paused: false,
    reason: null,
    abort: (reason: Error) => void aborted.push(reason),
  };
  const exchange = new HttpExchange({
    clock,
    call: { verb: 'GET', path: '/payment', ...call },
    requestId: 'r1',
    connectionWaitMs: 1_000,
    answerLimitMs: 30_000,
    bodyLimitBytes: 100,
    onEnd: () => undefined,
  });
  const outcome = exchange.answer.then(
    () => 'answered',
    (error: unknown) => error,
  );
  const start = () => exchange.onRequestStart({ ...controller, pause() {}, resume() {} });
  return { clock, aborted, exchange, outcome, start };
}

describe('an exchange', () => {
  it('is written at most once: a second start is refused and the outcome is possible', async () => {
    const { outcome, start } = exchangeOf();
    start();
    expect(start).toThrowError(/never written twice/);
    expect(await outcome).toMatchObject({ code: 'connection_lost', effect: 'possible' });
  });

  it('is not written after it was given up', async () => {
    const { exchange, outcome, start } = exchangeOf();
    exchange.giveUp('enough');
    expect(start).toThrowError(/before it was sent/);
    expect(await outcome).toMatchObject({ code: 'closed', effect: 'none' });
  });

  it('measures the wait for a connection and the wait for the answer apart', async () => {
    const waiting = exchangeOf();
    await waiting.clock.advance(1_000);
    expect(await waiting.outcome).toMatchObject({ code: 'connect_failed', effect: 'none' });
    const written = exchangeOf();
    await written.clock.advance(999);
    written.start();
    await written.clock.advance(29_999);
    expect(written.aborted).toEqual([]);
    await written.clock.advance(1);
    expect(await written.outcome).toMatchObject({ code: 'timeout', effect: 'possible' });
    expect(written.aborted).toHaveLength(1);
  });

  it('may be written at the very moment of its deadline, and not later', async () => {
    const now = createVirtualClock().nowMs();
    const inTime = exchangeOf({ sendByMs: now });
    expect(inTime.start).not.toThrow();
    const late = exchangeOf({ sendByMs: now });
    await late.clock.advance(1);
    expect(late.start).toThrowError(/too late/);
    expect(await late.outcome).toMatchObject({ code: 'send_deadline_passed', effect: 'none' });
  });
});
