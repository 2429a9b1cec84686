import { Money } from '@tolem/base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KaspiError } from '../kaspi-error.ts';
import type { TerminalHands } from './fake-terminal.ts';
import type { TerminalApi, TerminalApiVersion, TerminalStatus } from './terminal-api.ts';

/** A terminal with people in front of it, on a clock that the suite moves; it waits 180 s for a customer and takes steps at once. */
export interface TerminalWorld {
  terminal: TerminalApi;
  hands: TerminalHands;
  /** Money that really moved, in tenge with two decimals. */
  truth(): { charges: string[]; refunds: string[] };
  advance(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** What every `TerminalApi` keeps to, the fake and the client against the simulator alike [POS 1, pos-v2]. */
export function describeTerminal(name: string, version: TerminalApiVersion, open: () => Promise<TerminalWorld>): void {
  describe(`${name}, ${version}`, () => {
    let world: TerminalWorld;
    beforeEach(async () => {
      world = await open();
    });
    afterEach(() => world.stop());
    const use = () => world;
    describePayments(version, use);
    describeFailures(version, use);
    describeRefunds(version, use);
    if (version === 'v2') describeV2(use);
  });
}

const amount = Money.fromTenge(1500);

async function startPayment({ terminal }: TerminalWorld): Promise<string> {
  return (await terminal.startPayment({ amount })).terminalProcessId;
}

async function failureOf(call: Promise<unknown>): Promise<KaspiError> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(KaspiError);
  return outcome as KaspiError;
}

function operationOf(status: TerminalStatus) {
  expect(status.kind).toBe('succeeded');
  return status.kind === 'succeeded' ? status.operation : { receipt: {} };
}

function describePayments(version: TerminalApiVersion, use: () => TerminalWorld): void {
  it('waits, then tells what a QR payment charged', async () => {
    const { terminal, hands, truth } = use();
    const id = await startPayment(use());
    expect(await terminal.readStatus(id)).toMatchObject({ kind: 'waiting' });
    await hands.pay({ method: 'qr' });
    const operation = operationOf(await terminal.readStatus(id));
    expect(operation.amount?.equals(amount)).toBe(true);
    expect(operation).toMatchObject({
      method: 'qr',
      transactionId: expect.any(String),
      orderNumber: expect.any(String),
    });
    expect(truth()).toEqual({ charges: ['1500.00'], refunds: [] });
  });
  it('tells the rrn of a card payment, and the amount that was charged rather than the one asked', async () => {
    const { terminal, hands, truth } = use();
    const id = await startPayment(use());
    await hands.pay({ method: 'card', amount: Money.fromTenge(2000) });
    const operation = operationOf(await terminal.readStatus(id));
    expect(operation).toMatchObject({ method: 'card', rrn: expect.any(String) });
    expect(operation.amount?.toString()).toBe('2000.00');
    expect(truth().charges).toEqual(['2000.00']);
  });
  it('fails what the customer cancels, and nothing is charged', async () => {
    const { terminal, hands, truth } = use();
    const id = await startPayment(use());
    await hands.cancel();
    expect(await terminal.readStatus(id)).toMatchObject({ kind: 'failed' });
    expect(truth().charges).toEqual([]);
  });
  it('fails by its own clock what nobody pays', async () => {
    const { terminal, advance } = use();
    const id = await startPayment(use());
    await advance(170_000);
    expect(await terminal.readStatus(id)).toMatchObject({ kind: 'waiting' });
    await advance(15_000);
    expect(await terminal.readStatus(id)).toMatchObject({ kind: 'failed' });
  });
  it('refuses a second operation while one is open, which starts nothing', async () => {
    const id = await startPayment(use());
    const error = await failureOf(startPayment(use()));
    const code = version === 'v2' ? 'previous_operation_open' : 'terminal_refused';
    expect(error).toMatchObject({ code, effect: 'none' });
    expect(await use().terminal.readStatus(id)).toMatchObject({ kind: 'waiting' });
  });
  it('refuses tiyn and nothing before they reach the terminal', async () => {
    for (const wrong of [Money.parse('10.50'), Money.zero]) {
      const error = await failureOf(use().terminal.startPayment({ amount: wrong }));
      expect(error).toMatchObject({ code: 'request_invalid', effect: 'none' });
    }
    await startPayment(use());
  });
}

function describeFailures(version: TerminalApiVersion, use: () => TerminalWorld): void {
  it('says "possible" when the answer to a start is lost, and the payment goes on', async () => {
    const { hands, truth } = use();
    await hands.misbehave({ on: 'start', kind: 'answer_lost' });
    expect(await failureOf(startPayment(use()))).toMatchObject({ effect: 'possible' });
    expect(await failureOf(startPayment(use()))).toMatchObject({ effect: 'none' });
    await hands.pay({ method: 'qr' });
    expect(truth().charges).toEqual(['1500.00']);
  });
  it('says "possible" just the same when the request is lost, since nobody can tell', async () => {
    const { hands } = use();
    await hands.misbehave({ on: 'start', kind: 'request_lost' });
    expect(await failureOf(startPayment(use()))).toMatchObject({ effect: 'possible' });
    await startPayment(use());
  });
  it('says "none" when a read is lost, and the next read goes well', async () => {
    const { terminal, hands } = use();
    const id = await startPayment(use());
    await hands.misbehave({ on: 'status', kind: 'answer_lost' });
    expect(await failureOf(terminal.readStatus(id))).toMatchObject({ effect: 'none' });
    expect(await terminal.readStatus(id)).toMatchObject({ kind: 'waiting' });
  });
  it('does not know an operation that it never started', async () => {
    const error = await failureOf(use().terminal.readStatus('1579245612135'));
    expect(error).toMatchObject({ code: 'process_not_found', effect: 'none' });
  });
  it('cannot be reached without its app, and starts nothing', async () => {
    const { hands } = use();
    await hands.setAppRunning(false);
    expect(await failureOf(startPayment(use()))).toMatchObject({ code: 'connect_failed', effect: 'none' });
    await hands.setAppRunning(true);
    await startPayment(use());
  });
  it('passes a word on that is in no document, instead of a failure', async () => {
    const { terminal, hands } = use();
    const id = await startPayment(use());
    await hands.misbehave({ on: 'status', kind: 'word', word: 'Suspended' });
    expect(await terminal.readStatus(id)).toMatchObject({ kind: 'unlisted', word: 'Suspended' });
  });
  it(version === 'v1' ? 'forgets its operations in a restart' : 'knows a paid operation after a restart', async () => {
    const { terminal, hands } = use();
    const id = await startPayment(use());
    await hands.pay({ method: 'card' });
    await hands.restart();
    const read = terminal.readStatus(id);
    if (version === 'v1') expect(await failureOf(read)).toMatchObject({ code: 'process_not_found' });
    else expect(await read).toMatchObject({ kind: 'succeeded' });
  });
}

function describeRefunds(version: TerminalApiVersion, use: () => TerminalWorld): void {
  const payByCard = async () => {
    const id = await startPayment(use());
    await use().hands.pay({ method: 'card' });
    const operation = operationOf(await use().terminal.readStatus(id));
    return {
      method: 'card' as const,
      transactionId: (version === 'v1' ? operation.transactionId : operation.rrn) ?? '',
    };
  };
  it('gives money back by card without anybody, and tells the amount without its sign', async () => {
    const { terminal, truth, advance } = use();
    const paid = await payByCard();
    const part = Money.fromTenge(400);
    const { terminalProcessId } = await terminal.startRefund({ ...paid, amount: part });
    await advance(5_000);
    const operation = operationOf(await terminal.readStatus(terminalProcessId));
    expect(operation.amount?.equals(part)).toBe(true);
    expect(truth().refunds).toEqual(['400.00']);
  });
  it('fails a refund of more than is left', async () => {
    const { terminal, truth, advance } = use();
    const paid = await payByCard();
    const first = await terminal.startRefund({ ...paid, amount: Money.fromTenge(1000) });
    await advance(5_000);
    expect(await terminal.readStatus(first.terminalProcessId)).toMatchObject({ kind: 'succeeded' });
    const second = await terminal.startRefund({ ...paid, amount: Money.fromTenge(1000) });
    await advance(5_000);
    expect(await terminal.readStatus(second.terminalProcessId)).toMatchObject({ kind: 'failed' });
    expect(truth().refunds).toEqual(['1000.00']);
  });
  it('refuses the refund of a transaction that it does not know', async () => {
    const error = await failureOf(use().terminal.startRefund({ amount, method: 'card', transactionId: '12345' }));
    expect(error).toMatchObject({ code: version === 'v1' ? 'terminal_refused' : 'parameter_invalid', effect: 'none' });
  });
}

function describeV2(use: () => TerminalWorld): void {
  it('waits for the customer to scan the code of a QR refund', async () => {
    const { terminal, hands, truth, advance } = use();
    const id = await startPayment(use());
    await hands.pay({ method: 'qr' });
    const { orderNumber = '' } = operationOf(await terminal.readStatus(id));
    const refund = await terminal.startRefund({ amount, method: 'qr', transactionId: orderNumber });
    await advance(5_000);
    expect(await terminal.readStatus(refund.terminalProcessId)).toMatchObject({ kind: 'waiting' });
    await hands.pay({ method: 'qr' });
    expect(await terminal.readStatus(refund.terminalProcessId)).toMatchObject({ kind: 'succeeded' });
    expect(truth().refunds).toEqual(['1500.00']);
  });
  it('resolves an unknown operation by actualize, which is refused within 10 s', async () => {
    const { terminal, hands, advance, truth } = use();
    const id = await startPayment(use());
    await hands.becomeUnknown();
    expect(await terminal.readStatus(id)).toMatchObject({ kind: 'unknown' });
    expect(await terminal.actualize(id)).toMatchObject({ kind: 'unknown' });
    expect(await failureOf(terminal.actualize(id))).toMatchObject({ code: 'cannot_actualize', effect: 'none' });
    await advance(11_000);
    expect(await terminal.actualize(id)).toMatchObject({ kind: 'unknown' });
    const second = await startPayment(use());
    await hands.becomeUnknown('success');
    expect(await terminal.actualize(second)).toMatchObject({ kind: 'succeeded' });
    expect(truth().charges).toEqual(['1500.00']);
  });
  it('needs a person when its pairing is gone, and starts nothing until then', async () => {
    const { terminal, hands } = use();
    await hands.unpair();
    expect(await failureOf(startPayment(use()))).toMatchObject({ code: 'pairing_needed', effect: 'none' });
    await hands.answerPairing(false);
    expect(await failureOf(terminal.pair('till-1'))).toMatchObject({ code: 'pairing_needed' });
    await hands.answerPairing(true);
    await terminal.pair('till-1');
    await startPayment(use());
  });
  it('names itself', async () => {
    const info = await use().terminal.readDeviceInfo();
    expect(info).toEqual({ posNumber: '1', serialNumber: expect.any(String), terminalId: '31013787' });
  });
  it('says what a code on a start may have done', async () => {
    const { hands } = use();
    await hands.misbehave({ on: 'start', kind: 'refuse', peerCode: 107 });
    expect(await failureOf(startPayment(use()))).toMatchObject({ code: 'previous_operation_open', effect: 'none' });
    await hands.misbehave({ on: 'start', kind: 'refuse', peerCode: 100 });
    expect(await failureOf(startPayment(use()))).toMatchObject({
      code: 'unlisted_code',
      effect: 'possible',
      peerCode: 100,
    });
  });
}
