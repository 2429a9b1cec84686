import { canonicalJson, type Json, Money } from '@tolem/base';
import { chainHash, chainStart } from '@tolem/proto';
import { describe, expect, it } from 'vitest';
import { type CoreBench, createCoreBench, PERSON, TILL } from '../core-bench.ts';
import type { JournalRow } from '../journal/journal-intake.ts';
import type { Refund } from '../refund/refund.ts';

const MINUTE = 60_000;
const HELLO = { epoch: 'epoch', lastSeq: 0, hostFingerprint: 'box', version: '1' };

/** A shop: its agent has greeted the hub and reported a terminal payment of 1,500 ₸. */
async function openShop(bench?: CoreBench) {
  const core = bench ?? (await createCoreBench());
  const rows: JournalRow[] = [];
  const bells: string[] = [];
  const listen = () =>
    core.hub.onChange((change) => {
      if (change.kind === 'command') bells.push(change.agentId);
    });
  listen();
  const tell = async (kind: string, fact: Record<string, Json>): Promise<void> => {
    const payload = new TextEncoder().encode(canonicalJson(fact));
    const row = { seq: rows.length + 1, eventId: core.ids.uuid(), kind, payload, atMs: 1, monoMs: 1, boot: 'boot-1' };
    rows.push({ ...row, hash: chainHash(rows.at(-1)?.hash ?? chainStart('epoch'), row) });
    const batch = { epoch: 'epoch', from: row.seq, to: row.seq, rows: rows.slice(-1) };
    expect(await core.hub.journal.take('till-1', batch)).toMatchObject({ verdict: 'ok' });
  };
  const { session } = await core.hub.agents.hello('till-1', { ...HELLO, boot: 'boot-1' });
  const paymentId = core.ids.uuid();
  const moments = { createdAtMs: 1, updatedAtMs: 1 };
  const paid = { method: 'terminal', amount: '1500.00', status: 'paid', final: true, paidAtMs: 1 };
  await tell('payment', { paymentId, version: 1, ...paid, ...moments, terminal: { terminalId: 'front' } });
  return {
    ...core,
    core,
    paymentId,
    session,
    bells,
    tell,
    listen,
    ask: (amount?: string, refundId = core.ids.uuid()): Promise<Refund> =>
      core.hub.refunds.create(PERSON, {
        refundId,
        paymentId,
        reason: 'wrong size',
        ...(amount === undefined ? {} : { amount: Money.parse(amount) }),
      }),
    tellRefund: (refundId: string, status: string, members: Record<string, Json> = {}) =>
      tell('refund', {
        refundId,
        paymentId,
        version: rows.length + 1,
        amount: '500.00',
        status,
        reason: 'wrong size',
        actor: 'hq/aigerim',
        ...moments,
        ...members,
      }),
    waiting: () => core.hub.commands.listFor('till-1'),
    refund: (refundId: string) => core.hub.refunds.get(PERSON, refundId),
    async sums() {
      const { refunded, refundReserved } = await core.get(paymentId);
      return [refunded.toString(), refundReserved.toString()];
    },
    caseKinds: async () => (await core.openCases()).map((one) => one.kind),
  };
}
const code = (word: string) => ({ problem: { code: word } });

describe('a refund of a terminal payment asked for by headquarters', () => {
  it('is claimed by the agent, and its outcome comes in the journal', async () => {
    const shop = await openShop();
    const { refundId, status, source } = await shop.ask('500.00');
    expect([status, source]).toEqual(['requested', 'edge']);
    expect(await shop.sums()).toEqual(['0.00', '500.00']);
    expect(shop.bells).toEqual(['till-1']);
    const [command] = await shop.waiting();
    expect(command).toMatchObject({ kind: 'refund_terminal', refundId, reason: 'wrong size', actor: 'aigerim' });
    const commandId = command?.commandId ?? '';
    expect(await shop.core.hub.commands.claim('till-1', shop.session, commandId)).toMatchObject({ state: 'claimed' });
    expect(await shop.waiting()).toEqual([]);
    await shop.tellRefund(refundId, 'sent');
    expect(await shop.refund(refundId)).toMatchObject({ status: 'sent', actor: 'person:aigerim' });
    await shop.tellRefund(refundId, 'confirmed', { evidence: 'answer' });
    expect(await shop.refund(refundId)).toMatchObject({ status: 'confirmed', evidence: 'answer' });
    expect(await shop.sums()).toEqual(['500.00', '0.00']);
    expect(await shop.core.hub.commands.listOf(shop.paymentId)).toMatchObject([{ state: 'done' }]);
    expect(await shop.caseKinds()).toEqual([]);
  });

  it('is refused early where it is plainly too much, in tiyn, or of a payment that is not paid', async () => {
    const shop = await openShop();
    await expect(shop.ask('1500.50')).rejects.toMatchObject(code('amount_invalid'));
    await expect(shop.ask('1501.00')).rejects.toMatchObject(code('refund_exceeds_payment'));
    await shop.tellRefund(shop.ids.uuid(), 'confirmed', { amount: '1400.00' });
    await expect(shop.ask('101.00')).rejects.toMatchObject(code('refund_exceeds_payment'));
    expect(await shop.ask()).toMatchObject({ amount: Money.parse('100.00') });
    await expect(shop.ask('1.00')).rejects.toMatchObject(code('refund_in_progress'));
    const request = { refundId: shop.ids.uuid(), paymentId: shop.paymentId, reason: 'r' };
    await expect(shop.core.hub.refunds.create(TILL, request)).rejects.toMatchObject(code('refund_in_progress'));
  });

  it('is the person’s to ask, never an agent’s at the hub', async () => {
    const shop = await openShop();
    const request = { refundId: shop.ids.uuid(), paymentId: shop.paymentId, reason: 'r' };
    await expect(shop.core.hub.refunds.create(TILL, request)).rejects.toMatchObject(code('not_refundable'));
  });

  it('under the same id is asked once; under the same id for another amount it is a conflict', async () => {
    const shop = await openShop();
    const { refundId } = await shop.ask('500.00');
    expect(await shop.ask('500.00', refundId)).toMatchObject({ refundId, status: 'requested' });
    await expect(shop.ask('600.00', refundId)).rejects.toMatchObject(code('refund_conflict'));
    expect(await shop.waiting()).toHaveLength(1);
  });

  it('expires where the agent is away, frees the money, and cannot be claimed later', async () => {
    const shop = await openShop();
    const { refundId } = await shop.ask('500.00');
    const [command] = await shop.waiting();
    await shop.clock.advance(10 * MINUTE);
    expect(await shop.waiting()).toEqual([]);
    const claim = shop.core.hub.commands.claim('till-1', shop.session, command?.commandId ?? '');
    await expect(claim).rejects.toMatchObject(code('command_gone'));
    await shop.clock.advance(16_000);
    expect(await shop.refund(refundId)).toMatchObject({ status: 'declined', statusReason: 'agent_offline' });
    expect(await shop.sums()).toEqual(['0.00', '0.00']);
    expect(await shop.ask('1500.00')).toMatchObject({ status: 'requested' });
  });

  it('rings again while it waits, because a doorbell may be lost', async () => {
    const shop = await openShop();
    await shop.ask('500.00');
    await shop.clock.advance(MINUTE);
    expect(shop.bells.length).toBeGreaterThanOrEqual(4);
    expect(await shop.waiting()).toHaveLength(1);
  });

  it('can be taken back until it is claimed', async () => {
    const shop = await openShop();
    const first = await shop.ask('500.00');
    expect(await shop.core.hub.commands.cancel(PERSON, first.refundId)).toMatchObject({ state: 'cancelled' });
    expect(await shop.refund(first.refundId)).toMatchObject({ status: 'declined', statusReason: 'cancelled' });
    expect(await shop.sums()).toEqual(['0.00', '0.00']);
    const second = await shop.ask('500.00');
    const [command] = await shop.waiting();
    await shop.core.hub.commands.claim('till-1', shop.session, command?.commandId ?? '');
    await expect(shop.core.hub.commands.cancel(PERSON, second.refundId)).rejects.toMatchObject(code('command_claimed'));
    await expect(shop.core.hub.commands.cancel(TILL, second.refundId)).rejects.toMatchObject(code('forbidden'));
  });

  it('is claimed by one session: again by the same, never by a later or an earlier one or another agent', async () => {
    const shop = await openShop();
    await shop.ask('500.00');
    const [command] = await shop.waiting();
    const commandId = command?.commandId ?? '';
    const claim = (session: number, agentId = 'till-1') => shop.core.hub.commands.claim(agentId, session, commandId);
    await expect(claim(1, 'till-2')).rejects.toMatchObject(code('superseded'));
    const foreign = await shop.core.hub.agents.hello('till-2', { ...HELLO, boot: 'boot-x' });
    await expect(claim(foreign.session, 'till-2')).rejects.toMatchObject(code('command_not_found'));
    await claim(shop.session);
    expect(await claim(shop.session)).toMatchObject({ state: 'claimed', session: shop.session });
    const later = await shop.core.hub.agents.hello('till-1', { ...HELLO, boot: 'boot-2' });
    await expect(claim(shop.session)).rejects.toMatchObject(code('superseded'));
    await expect(claim(later.session)).rejects.toMatchObject(code('command_claimed'));
    expect(await shop.waiting()).toEqual([]);
  });

  it('claimed and unanswered is unknown, a case, and never offered again; a late word still ends it', async () => {
    const shop = await openShop();
    const { refundId } = await shop.ask('500.00');
    const [command] = await shop.waiting();
    await shop.core.hub.commands.claim('till-1', shop.session, command?.commandId ?? '');
    await shop.clock.advance(15 * MINUTE + 16_000);
    expect(await shop.refund(refundId)).toMatchObject({ status: 'unknown', statusReason: 'not_answered' });
    expect(await shop.caseKinds()).toEqual(['command_unanswered']);
    expect(await shop.sums()).toEqual(['0.00', '500.00']);
    expect(await shop.waiting()).toEqual([]);
    const settle = { refundId, outcome: 'declined', reason: 'r' } as const;
    await expect(shop.core.hub.refunds.settle(PERSON, settle)).rejects.toMatchObject(code('refund_at_agent'));
    await shop.tellRefund(refundId, 'confirmed');
    expect(await shop.refund(refundId)).toMatchObject({ status: 'confirmed' });
    expect(await shop.caseKinds()).toEqual([]);
    expect(await shop.sums()).toEqual(['500.00', '0.00']);
  });

  it('begun by an agent that then goes silent is a case, told once, which its last word closes', async () => {
    const shop = await openShop();
    const { refundId } = await shop.ask('500.00');
    await shop.tellRefund(refundId, 'sent');
    await shop.clock.advance(14 * MINUTE);
    expect(await shop.caseKinds()).toEqual([]);
    await shop.clock.advance(2 * MINUTE);
    expect(await shop.openCases()).toMatchObject([{ kind: 'refund_not_told', refundId, agentId: 'till-1' }]);
    expect(await shop.refund(refundId)).toMatchObject({ status: 'sent' });
    await shop.tellRefund(refundId, 'confirmed');
    expect(await shop.caseKinds()).toEqual([]);
    const second = await shop.ask('500.00');
    await shop.tellRefund(second.refundId, 'sent');
    await shop.clock.advance(16 * MINUTE);
    const [found] = await shop.openCases();
    await shop.core.hub.cases.close(PERSON, found?.caseId ?? '', 'done by hand');
    await shop.clock.advance(MINUTE);
    expect(await shop.caseKinds()).toEqual([]);
  });

  it('that the agent declines frees the money and says why', async () => {
    const shop = await openShop();
    const { refundId } = await shop.ask('500.00');
    await shop.tellRefund(refundId, 'declined', { statusReason: 'terminal_busy' });
    expect(await shop.refund(refundId)).toMatchObject({ status: 'declined', statusReason: 'terminal_busy' });
    expect(await shop.core.hub.commands.listOf(shop.paymentId)).toMatchObject([
      { state: 'declined', stateReason: 'terminal_busy' },
    ]);
    expect(await shop.sums()).toEqual(['0.00', '0.00']);
  });

  it('that the agent made although it had been taken back is believed, with a case', async () => {
    const shop = await openShop();
    const { refundId } = await shop.ask('500.00');
    await shop.core.hub.commands.cancel(PERSON, refundId);
    await shop.tellRefund(refundId, 'confirmed');
    expect(await shop.refund(refundId)).toMatchObject({ status: 'confirmed' });
    expect(await shop.caseKinds()).toEqual(['command_contradicted']);
    expect(await shop.sums()).toEqual(['500.00', '0.00']);
  });

  it('is neither given nor claimed while the hub recovers from a restore', async () => {
    const shop = await openShop();
    await shop.ask('500.00');
    const [command] = await shop.waiting();
    await shop.connection.transaction(async (tx) => tx.meta.save({ ...(await tx.meta.get()), recovering: true }));
    expect(await shop.waiting()).toEqual([]);
    const claim = shop.core.hub.commands.claim('till-1', shop.session, command?.commandId ?? '');
    await expect(claim).rejects.toMatchObject(code('bank_unavailable'));
  });

  it('neither expires nor is taken back while the hub recovers: it may have been claimed after the backup', async () => {
    const shop = await openShop();
    const { refundId } = await shop.ask('500.00');
    const recover = (recovering: boolean) =>
      shop.connection.transaction(async (tx) => tx.meta.save({ ...(await tx.meta.get()), recovering }));
    await recover(true);
    await expect(shop.core.hub.commands.cancel(PERSON, refundId)).rejects.toMatchObject(code('bank_unavailable'));
    await shop.clock.advance(20 * MINUTE);
    expect(await shop.refund(refundId)).toMatchObject({ status: 'requested' });
    await shop.tellRefund(refundId, 'confirmed');
    await recover(false);
    await shop.clock.advance(MINUTE);
    expect(await shop.refund(refundId)).toMatchObject({ status: 'confirmed' });
    expect(await shop.caseKinds()).toEqual([]);
  });

  it('survives the death of the hub, and a commit whose answer is lost', async () => {
    const shop = await openShop();
    await shop.core.restart({ fateOf: (_commit, hints) => (hints.some(isCommand) ? 'answer_lost' : 'commit') });
    const refundId = shop.ids.uuid();
    await expect(shop.ask('500.00', refundId)).rejects.toMatchObject({ problem: { money: 'maybe' } });
    expect(await shop.ask('500.00', refundId)).toMatchObject({ status: 'requested' });
    await shop.core.restart();
    expect(await shop.waiting()).toMatchObject([{ refundId }]);
  });
});

describe('refunds made at the till', () => {
  it('stand among the refunds, and no other id can take their place', async () => {
    const shop = await openShop();
    const refundId = shop.ids.uuid();
    await shop.tellRefund(refundId, 'sent', { keyHash: 'k', bodyHash: 'b', actor: 'Марат' });
    await shop.tellRefund(refundId, 'confirmed', { evidence: 'answer', keyHash: 'k', bodyHash: 'b' });
    expect(await shop.core.hub.refunds.listOf(PERSON, shop.paymentId)).toMatchObject([
      { refundId, status: 'confirmed', actor: 'agent:till-1/Марат', source: 'edge', evidence: 'answer', keyHash: 'k' },
    ]);
    const other = shop.ids.uuid();
    await shop.tell('payment', {
      ...{ paymentId: other, version: 1, method: 'terminal', amount: '900.00', status: 'paid', final: true },
      ...{ createdAtMs: 1, updatedAtMs: 1 },
    });
    await shop.tellRefund(refundId, 'unknown', { paymentId: other });
    expect(await shop.refund(refundId)).toMatchObject({ paymentId: shop.paymentId, status: 'confirmed' });
    expect(await shop.caseKinds()).toEqual(['foreign_refund']);
  });
});

const isCommand = (change: { kind: string }): boolean => change.kind === 'command';
