import { createVirtualClock, Money } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { createFakeTerminal } from './fake-terminal.ts';
import { describeTerminal } from './terminal-compliance.ts';

for (const version of ['v1', 'v2'] as const) {
  describeTerminal('the fake terminal', version, async () => {
    const clock = createVirtualClock();
    const terminal = createFakeTerminal({ clock, version });
    return {
      terminal,
      hands: terminal,
      truth: () => ({
        charges: terminal.truth().charges.map((charge) => charge.amount.toString()),
        refunds: terminal.truth().refunds.map((refund) => refund.amount.toString()),
      }),
      advance: (ms) => clock.advance(ms),
      stop: async () => {},
    };
  });
}

describe('the fake terminal', () => {
  it('hangs until the answer limit, with the payment begun', async () => {
    const clock = createVirtualClock();
    const terminal = createFakeTerminal({ clock });
    terminal.misbehave({ on: 'start', kind: 'hang' });
    const start = terminal.startPayment({ amount: Money.fromTenge(5) });
    const outcome = expect(start).rejects.toMatchObject({ code: 'timeout', effect: 'possible' });
    await clock.advance(60_000);
    await outcome;
    expect(terminal.screen()).toMatchObject({ kind: 'payment' });
    expect(terminal.startCount).toBe(1);
  });
});
