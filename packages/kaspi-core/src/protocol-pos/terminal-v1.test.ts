import { Money } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { createScriptedPosHttp, fixture, lose, refuseConnection, type ScriptedAnswer } from './scripted-pos-http.ts';
import { createTerminalV1 } from './terminal-v1.ts';

const amount = Money.fromTenge(100);
const PROCESS = '1579245612135';

function terminalThatAnswers(answer: ScriptedAnswer) {
  const http = createScriptedPosHttp(() => answer);
  return { http, terminal: createTerminalV1({ http }) };
}

describe('payment, v1 [POS 1 "Вызов оплаты"]', () => {
  it('asks by GET without a slash at the end and without the obsolete method, over a fresh connection', async () => {
    const { http, terminal } = terminalThatAnswers({ body: fixture('v1/payment-started.json') });
    expect(await terminal.startPayment({ amount })).toEqual({ terminalProcessId: '1579237873554' });
    await terminal.startPayment({ amount, ownReceipt: true });
    expect(http.calls).toMatchObject([
      { path: '/payment', query: { amount: '100' }, fresh: true, timeoutMs: 60_000 },
      { path: '/payment', query: { amount: '100', owncheque: 'true' } },
    ]);
  });
  it('takes {message} with HTTP 200 as a definite refusal', async () => {
    const { terminal } = terminalThatAnswers({ body: fixture('v1/payment-refused.json') });
    const peerMessage = 'Could not register transaction';
    await expect(terminal.startPayment({ amount })).rejects.toMatchObject({
      code: 'terminal_refused',
      effect: 'none',
      peerMessage,
    });
  });
  it('keeps the digits of a processId that is a number beyond 2^53', async () => {
    const { terminal } = terminalThatAnswers({ body: '{"ProcessID": 9223372036854775807, "Status": "wait"}' });
    expect(await terminal.startPayment({ amount })).toEqual({ terminalProcessId: '9223372036854775807' });
  });
  it('says "possible" of every answer that neither starts nor refuses', async () => {
    const answers: ScriptedAnswer[] = [
      { body: '{"status": "wait"}' },
      { body: '{"message": "x", "status": "wait"}' },
      { body: '<html>' },
      { body: '' },
      { status: 500, body: { message: 'Could not register transaction' } },
      { status: 404, body: { processId: '1' } },
      lose(),
    ];
    for (const answer of answers) {
      const { terminal } = terminalThatAnswers(answer);
      await expect(terminal.startPayment({ amount })).rejects.toMatchObject({ effect: 'possible' });
    }
  });
  it('says "none" when no connection stood', async () => {
    const { terminal } = terminalThatAnswers(refuseConnection());
    await expect(terminal.startPayment({ amount })).rejects.toMatchObject({ code: 'connect_failed', effect: 'none' });
  });
  it('refuses a second start while the first has no answer, without sending it', async () => {
    let finish: (answer: ScriptedAnswer) => void = () => {};
    const http = createScriptedPosHttp(() => new Promise((resolve) => (finish = resolve)));
    const terminal = createTerminalV1({ http });
    const first = terminal.startPayment({ amount });
    await expect(terminal.startPayment({ amount })).rejects.toMatchObject({
      code: 'previous_operation_open',
      effect: 'none',
    });
    finish({ body: fixture('v1/payment-started.json') });
    await first;
    expect(http.calls.length).toBe(1);
  });
});

describe('refund, v1 [POS 1 "Возврат ранее совершенной транзакции"]', () => {
  it('names the method, the amount and the transaction', async () => {
    const { http, terminal } = terminalThatAnswers({ body: fixture('v1/refund-started.json') });
    const started = await terminal.startRefund({ amount, method: 'card', transactionId: '12345' });
    expect(started).toEqual({ terminalProcessId: PROCESS });
    await terminal.startRefund({ amount, method: 'qr', transactionId: '12345', ownReceipt: true });
    expect(http.calls).toMatchObject([
      { path: '/refund', query: { method: 'card', amount: '100', transactionId: '12345' }, fresh: true },
      { path: '/refund', query: { method: 'qr', amount: '100', transactionId: '12345', owncheque: 'true' } },
    ]);
  });
  it('passes the refusal of an invalid transaction on', async () => {
    const { terminal } = terminalThatAnswers({ body: fixture('v1/refund-refused.json') });
    const refund = terminal.startRefund({ amount, method: 'card', transactionId: '12345' });
    await expect(refund).rejects.toMatchObject({ effect: 'none', peerMessage: 'Invalid transactionId.' });
  });
  it('refuses alaqan and an empty transaction before they are sent', async () => {
    const { http, terminal } = terminalThatAnswers(lose());
    const palm = terminal.startRefund({ amount, method: 'alaqan', transactionId: '1' });
    await expect(palm).rejects.toMatchObject({ code: 'request_invalid', effect: 'none' });
    const nameless = terminal.startRefund({ amount, method: 'card', transactionId: '' });
    await expect(nameless).rejects.toMatchObject({ code: 'request_invalid', effect: 'none' });
    expect(http.calls).toEqual([]);
  });
});

describe('status, v1 [POS 1 "Просмотр статуса операции"]', () => {
  it('waits and fails by the printed words only', async () => {
    const waiting = terminalThatAnswers({ body: fixture('v1/status-wait.json') });
    expect(await waiting.terminal.readStatus(PROCESS)).toEqual({ kind: 'waiting' });
    expect(waiting.http.calls).toMatchObject([{ path: '/status', query: { processId: PROCESS }, fresh: false }]);
    const failed = terminalThatAnswers({ body: fixture('v1/status-fail.json') });
    expect(await failed.terminal.readStatus(PROCESS)).toEqual({ kind: 'failed' });
  });
  it('reads the printed success, every cheque value a string', async () => {
    const { terminal } = terminalThatAnswers({ body: fixture('v1/status-success.json') });
    const status = await terminal.readStatus(PROCESS);
    expect(status).toMatchObject({
      kind: 'succeeded',
      operation: {
        transactionId: '12345',
        method: 'card',
        rrn: '002412884692',
        product: { type: 'Red', isOffer: false },
        receipt: {
          pinEntered: 'true',
          date: '24.01.20 18:40:23',
          cardMask: '516949*****0762',
          hostResponseCode: '000',
        },
      },
    });
    if (status.kind !== 'succeeded') return;
    expect(status.operation.amount?.toString()).toBe('1.00');
    expect(status.operation.product?.loanTermMonths).toBeUndefined();
  });
  it('cannot read the success as it is printed, which is no failure', async () => {
    const { terminal } = terminalThatAnswers({ body: fixture('v1/status-success.printed.txt') });
    await expect(terminal.readStatus(PROCESS)).rejects.toMatchObject({ code: 'answer_unreadable', effect: 'none' });
  });
  it('takes "Process not found" as not knowing', async () => {
    const { terminal } = terminalThatAnswers({ status: 400, body: fixture('v1/status-error.json') });
    await expect(terminal.readStatus(PROCESS)).rejects.toMatchObject({ code: 'process_not_found', effect: 'none' });
  });
  it('believes nothing said about another operation', async () => {
    const { terminal } = terminalThatAnswers({ body: { processId: '2', status: 'fail' } });
    await expect(terminal.readStatus('1')).rejects.toMatchObject({ code: 'answer_unreadable' });
  });
  it('passes on an unlisted word', async () => {
    const { terminal } = terminalThatAnswers({ body: { processId: '1', status: 'Refused?' } });
    expect(await terminal.readStatus('1')).toEqual({ kind: 'unlisted', word: 'Refused?' });
  });
  it('has none of the calls of v2', async () => {
    const { terminal } = terminalThatAnswers(lose());
    for (const call of [terminal.actualize('1'), terminal.readDeviceInfo(), terminal.pair('till')]) {
      await expect(call).rejects.toMatchObject({ code: 'request_invalid', effect: 'none' });
    }
  });
});
