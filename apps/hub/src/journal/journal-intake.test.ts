import { canonicalJson, type Json } from '@tolem/base';
import { chainHash, chainStart } from '@tolem/proto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CoreBench, createCoreBench, PERSON, payAndConfirm } from '../core-bench.ts';
import { dropCardNumbers, passesLuhn } from './card-numbers.ts';
import type { JournalBatch, JournalRow } from './journal-intake.ts';

/** An agent's journal as it writes it: rows chained one to the other. */
class EdgeJournal {
  readonly epoch: string;
  readonly rows: JournalRow[] = [];
  readonly #bench: CoreBench;

  constructor(bench: CoreBench, epoch = 'epoch-1') {
    this.#bench = bench;
    this.epoch = epoch;
  }

  add(kind: string, payload: Json | Uint8Array, eventId = this.#bench.ids.uuid()): this {
    const bytes = payload instanceof Uint8Array ? payload : new TextEncoder().encode(canonicalJson(payload));
    const at = { atMs: this.#bench.clock.nowMs(), monoMs: 1.5, boot: 'boot-1' };
    const row = { seq: this.rows.length + 1, eventId, kind, payload: bytes, ...at };
    this.rows.push({ ...row, hash: chainHash(this.rows.at(-1)?.hash ?? chainStart(this.epoch), row) });
    return this;
  }

  batch(from = 1, to = this.rows.length): JournalBatch {
    return { epoch: this.epoch, from, to, rows: this.rows.slice(from - 1, to) };
  }
}

const fact = (bench: CoreBench, more: Record<string, Json> = {}): Record<string, Json> => ({
  paymentId: bench.ids.uuid(),
  version: 1,
  method: 'terminal',
  amount: '1500.00',
  status: 'paid',
  final: true,
  createdAtMs: bench.clock.nowMs(),
  updatedAtMs: bench.clock.nowMs(),
  ...more,
});
const refundOf = (bench: CoreBench, paymentId: Json, more: Record<string, Json> = {}): Record<string, Json> => ({
  refundId: bench.ids.uuid(),
  paymentId,
  version: 1,
  amount: '500.00',
  status: 'confirmed',
  reason: 'goods',
  actor: 'cashier',
  createdAtMs: 1,
  updatedAtMs: 1,
  ...more,
});
const take = (bench: CoreBench, batch: JournalBatch, agentId = 'till-1') => bench.hub.journal.take(agentId, batch);
const caseKinds = async (bench: CoreBench) => (await bench.openCases()).map((one) => one.kind);

describe('a batch', () => {
  it('in order is taken, and repeated is acknowledged again without a second effect', async () => {
    const bench = await createCoreBench();
    const journal = new EdgeJournal(bench).add('payment', fact(bench)).add('unheard-of', { any: 'thing' });
    expect(await take(bench, journal.batch())).toMatchObject({ verdict: 'ok', upto: 2 });
    expect(await take(bench, journal.batch())).toMatchObject({ verdict: 'ok', upto: 2 });
    journal.add('payment', fact(bench));
    expect(await take(bench, journal.batch(2, 3))).toMatchObject({ verdict: 'ok', upto: 3 });
    expect((await bench.hub.payments.search({ limit: 10 })).payments).toHaveLength(2);
    expect((await bench.hub.agents.get('till-1')).journal).toEqual({ epoch: 'epoch-1', upto: 3 });
  });

  it('with a gap before it is told what is missing', async () => {
    const bench = await createCoreBench();
    const journal = new EdgeJournal(bench).add('a', {}).add('b', {}).add('c', {});
    expect(await take(bench, journal.batch(1, 1))).toMatchObject({ verdict: 'ok', upto: 1 });
    expect(await take(bench, journal.batch(3, 3))).toMatchObject({ verdict: 'gap', upto: 1 });
    expect(await caseKinds(bench)).toEqual([]);
  });

  it('from an old disk image is a fork; its rows come in a new epoch, each event once', async () => {
    const bench = await createCoreBench();
    const journal = new EdgeJournal(bench).add('payment', fact(bench)).add('payment', fact(bench));
    await take(bench, journal.batch());
    const image = new EdgeJournal(bench);
    image.rows.push(...journal.rows.slice(0, 1));
    const different = fact(bench);
    image.add('payment', different);
    expect(await take(bench, image.batch(2, 2))).toMatchObject({ verdict: 'fork', upto: 2 });
    expect(await caseKinds(bench)).toEqual(['journal_fork']);
    const anew = new EdgeJournal(bench, 'epoch-2');
    const [first] = journal.rows;
    anew.add('payment', first?.payload ?? {}, first?.eventId).add('payment', different, image.rows[1]?.eventId);
    expect(await take(bench, anew.batch())).toMatchObject({ verdict: 'ok', epoch: 'epoch-2', upto: 2 });
    expect((await bench.hub.payments.search({ limit: 10 })).payments).toHaveLength(3);
    journal.add('payment', fact(bench));
    expect(await take(bench, journal.batch(3, 3))).toMatchObject({ verdict: 'fork' });
  });

  it('whose chain does not follow is a fork, and a wrong hash inside it is refused', async () => {
    const bench = await createCoreBench();
    const journal = new EdgeJournal(bench).add('a', {}).add('b', {});
    const [a, b] = journal.rows;
    if (!a || !b) throw new Error('two rows were written');
    const wrong = { ...b, hash: new Uint8Array(32) };
    expect(await take(bench, { epoch: 'epoch-1', from: 1, to: 2, rows: [a, wrong] })).toMatchObject({
      verdict: 'refused',
    });
    await take(bench, journal.batch(1, 1));
    expect(await take(bench, { epoch: 'epoch-1', from: 2, to: 2, rows: [wrong] })).toMatchObject({
      verdict: 'fork',
      upto: 1,
    });
  });

  it('with a moment that no date can hold is acknowledged, and no page has to show it', async () => {
    const bench = await createCoreBench();
    const journal = new EdgeJournal(bench);
    for (const name of ['createdAtMs', 'updatedAtMs', 'paidAtMs', 'collectedAtMs']) {
      journal
        .add('payment', fact(bench, { [name]: 8_640_000_000_000_001 }))
        .add('payment', fact(bench, { [name]: -1 }));
    }
    expect(await take(bench, journal.batch())).toMatchObject({ verdict: 'ok', upto: 8 });
    expect((await bench.hub.payments.search({ limit: 10 })).payments).toEqual([]);
    expect(await caseKinds(bench)).toEqual(['journal_row_unreadable']);
  });

  it('is compared with a birth', async () => {
    const bench = await createCoreBench();
    const journal = new EdgeJournal(bench).add('a', {}).add('b', {});
    await take(bench, journal.batch());
    const at = (lastSeq: number, chain = journal.rows[lastSeq - 1]?.hash ?? new Uint8Array(32)) =>
      bench.hub.journal.compare('till-1', { epoch: 'epoch-1', lastSeq, chain });
    expect(await at(2)).toMatchObject({ verdict: 'ok', upto: 2 });
    expect(await at(1)).toMatchObject({ verdict: 'ok', upto: 2 });
    expect(await at(2, new Uint8Array(32))).toMatchObject({ verdict: 'fork' });
  });

  it('of any shape never makes the hub throw', async () => {
    const bench = await createCoreBench();
    const row = fc.record({
      seq: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double()),
      eventId: fc.oneof(fc.uuid(), fc.string()),
      kind: fc.oneof(fc.constantFrom('payment', 'refund', 'case', 'terminal', 'journal', 'constructor'), fc.string()),
      payload: fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => new TextEncoder().encode(text)),
      ),
      atMs: fc.oneof(fc.integer(), fc.double()),
      monoMs: fc.double(),
      boot: fc.string(),
      hash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    });
    const batches = fc.record({
      epoch: fc.string(),
      from: fc.integer(),
      to: fc.integer(),
      rows: fc.array(row, { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(batches, async (batch) => {
        expect(['refused', 'gap', 'fork']).toContain((await take(bench, batch)).verdict);
      }),
      { numRuns: 500 },
    );
  });

  it('of sound rows with any JSON inside is always acknowledged', async () => {
    const bench = await createCoreBench();
    const kinds = fc.constantFrom('payment', 'refund', 'case', 'terminal', 'journal', 'other');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(kinds, fc.jsonValue()), { minLength: 1, maxLength: 5 }), async (rows) => {
        const journal = new EdgeJournal(bench, bench.ids.uuid());
        for (const [kind, value] of rows) journal.add(kind, new TextEncoder().encode(JSON.stringify(value)));
        expect(await take(bench, journal.batch())).toMatchObject({ verdict: 'ok', upto: rows.length });
      }),
      { numRuns: 300 },
    );
  });
});

describe('facts of the edge', () => {
  it('show a terminal payment by its newest version, with its refunds', async () => {
    const bench = await createCoreBench();
    const open = fact(bench, {
      status: 'awaiting_confirmation',
      final: false,
      terminal: { terminalId: 'front', processId: '77' },
    });
    const paymentId = String(open.paymentId);
    const journal = new EdgeJournal(bench)
      .add('payment', { ...open, version: 2, status: 'paid', final: true, amountPaid: '1500.00', paidAtMs: 5 })
      .add('payment', open)
      .add('refund', refundOf(bench, paymentId))
      .add('refund', refundOf(bench, paymentId, { amount: '200.00', status: 'unknown' }));
    await take(bench, journal.batch());
    const shown = await bench.get(paymentId);
    expect(shown).toMatchObject({ source: 'edge', status: 'paid', agentId: 'till-1', watched: false });
    expect([shown.refunded.toString(), shown.refundReserved.toString()]).toEqual(['500.00', '200.00']);
  });

  it('about more refunds than money are held to it, with a case', async () => {
    const bench = await createCoreBench();
    const paid = fact(bench, { amount: '600.00' });
    const journal = new EdgeJournal(bench).add('payment', paid);
    for (let count = 0; count < 2; count++) journal.add('refund', refundOf(bench, String(paid.paymentId)));
    expect(await take(bench, journal.batch())).toMatchObject({ verdict: 'ok', upto: 3 });
    expect((await bench.get(String(paid.paymentId))).refunded.toString()).toBe('600.00');
    expect(await caseKinds(bench)).toEqual(['refunds_exceed_payment']);
  });

  it('mark a payment of the hub collected, and close the case about it', async () => {
    const bench = await createCoreBench();
    const payment = await payAndConfirm(bench);
    await bench.clock.advance(11 * 60_000);
    expect(await caseKinds(bench)).toEqual(['not_collected']);
    const told = fact(bench, { paymentId: payment.paymentId, method: 'qr', collectedAtMs: bench.clock.nowMs() });
    await take(bench, new EdgeJournal(bench).add('payment', told).batch());
    expect((await bench.get(payment.paymentId)).collectedAtMs).toBe(bench.clock.nowMs());
    expect(await caseKinds(bench)).toEqual([]);
  });

  it('about another agent’s payment change nothing', async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    const told = fact(bench, { paymentId: payment.paymentId, method: 'qr', collectedAtMs: 5 });
    await take(bench, new EdgeJournal(bench).add('payment', told).batch(), 'till-2');
    expect(await bench.get(payment.paymentId)).toEqual(payment);
    expect(await caseKinds(bench)).toEqual(['foreign_payment']);
  });

  it('rebuild a payment that a restored hub does not hold, and the bank says the rest', async () => {
    const bench = await createCoreBench();
    const device = (await bench.hub.devices.listDevices(PERSON, 'till-1'))[0];
    const bought = await bench.bank.createQr({
      organizationBin: device?.organizationBin ?? '',
      deviceToken: device?.deviceToken ?? '',
      // Its key stands with another payment: a fact never makes a batch fail for that.
      amount: (await bench.pay({ keyHash: 'k' })).amount,
      externalId: 'lost',
    });
    bench.bank.customer.scan(bought.bankPaymentId);
    bench.bank.customer.confirm(bought.bankPaymentId);
    const qr = { method: 'qr', bankPaymentId: bought.bankPaymentId, deviceId: 'till-1', keyHash: 'k' };
    const told = fact(bench, { ...qr, status: 'awaiting_scan', final: false });
    const ended = fact(bench, { ...qr, deviceId: 'nowhere', status: 'awaiting_scan', final: false });
    await take(bench, new EdgeJournal(bench).add('payment', told).add('payment', ended).batch());
    expect((await bench.get(String(told.paymentId))).status).toBe('unknown');
    await bench.clock.advance(20_000);
    expect(await bench.get(String(told.paymentId))).toMatchObject({ status: 'paid', final: true, source: 'hub' });
    expect(await caseKinds(bench)).toEqual(['payment_not_rebuilt']);
  });

  it('rebuild an invoice without asking the bank; one without an id is a person’s to find', async () => {
    const bench = await createCoreBench();
    const known = fact(bench, {
      method: 'invoice',
      bankPaymentId: '77',
      deviceId: 'till-1',
      status: 'awaiting_confirmation',
      final: false,
    });
    const invoice = { method: 'invoice', deviceId: 'till-1', final: false };
    const lost = fact(bench, { ...invoice, status: 'unknown', statusReason: 'hub_not_found' });
    const fresh = fact(bench, { ...invoice, status: 'created' });
    const unheard = fact(bench, { ...invoice, status: 'unknown', statusReason: 'hub_unreachable' });
    const journal = new EdgeJournal(bench).add('payment', known).add('payment', lost);
    await take(bench, journal.add('payment', fresh).add('payment', unheard).batch());
    await bench.clock.advance(3_600_000);
    expect(bench.bank.calls.filter((call) => call.method === 'readStatus')).toEqual([]);
    expect(await bench.get(String(known.paymentId))).toMatchObject({ status: 'unknown', statusReason: 'rebuilt' });
    expect(await bench.get(String(lost.paymentId))).toMatchObject({ statusReason: 'invoice_unanswered' });
    expect(await caseKinds(bench)).toEqual(['invoice_unanswered']);
    // Reports that overtook the agent's call say nothing about what the hub should hold.
    for (const { paymentId } of [fresh, unheard])
      await expect(bench.get(String(paymentId))).rejects.toMatchObject({ code: 'payment_not_found' });
  });

  it('open and close cases of the edge and of its terminals', async () => {
    const bench = await createCoreBench();
    const caseId = bench.ids.uuid();
    const journal = new EdgeJournal(bench)
      .add('case', { caseId, kind: 'terminal_amount', open: true, amount: '5.00', detail: { a: 'b' } })
      .add('terminal', { terminalId: 'front', state: 'unresolved', reason: 'answer lost' })
      .add('journal', { reason: 'lost', previousEpoch: 'x' });
    await take(bench, journal.batch());
    expect((await caseKinds(bench)).sort()).toEqual(['journal_lost', 'terminal_amount', 'terminal_unresolved']);
    journal
      .add('case', { caseId, kind: 'terminal_amount', open: false, detail: {}, closedBy: 'cashier', closeReason: 'ok' })
      .add('terminal', { terminalId: 'front', state: 'ready', by: 'cashier' });
    await take(bench, journal.batch(4, 5));
    expect(await caseKinds(bench)).toEqual(['journal_lost']);
  });

  it('never bring a card number into the database', async () => {
    const bench = await createCoreBench();
    const card = '4111 1111 1111 1111';
    const told = fact(bench, {
      orderId: `card ${card}`,
      terminal: { terminalId: 'front', receipt: { cardMask: '4111111111111111' } },
    });
    await take(bench, new EdgeJournal(bench).add('payment', told).add('other', { number: 4111111111111111 }).batch());
    const text = JSON.stringify(await bench.get(String(told.paymentId)), (_key, value: unknown) =>
      typeof value === 'bigint' ? `${value}` : value,
    );
    expect(text.replaceAll(' ', '')).not.toContain('4111111111111111');
    expect(text).toContain('[card number dropped]');
  });
});

describe('a till that was told paid, for a hub that was restored from before it', () => {
  const soldFact = (bench: CoreBench, paymentId: string, bankPaymentId = '') =>
    fact(bench, {
      paymentId,
      version: 7,
      method: 'qr',
      deviceId: 'till-1',
      bankPaymentId,
      paidAtMs: 5,
      amountPaid: '1500.00',
      collectedAtMs: 6,
    });
  const expired = async () => {
    const bench = await createCoreBench();
    const payment = await bench.pay();
    await bench.clock.advance(181_000);
    const { paymentId, bankPaymentId = '' } = payment;
    const tell = () =>
      take(bench, new EdgeJournal(bench).add('payment', soldFact(bench, paymentId, bankPaymentId)).batch());
    const payLate = () => {
      bench.bank.customer.scan(bankPaymentId, { late: true });
      bench.bank.customer.confirm(bankPaymentId, { late: true });
    };
    return { bench, payment, tell, payLate };
  };

  it('keeps the late money, whose window is open', async () => {
    const { bench, payment, tell, payLate } = await expired();
    payLate();
    await bench.clock.advance(17_000);
    await tell();
    await bench.clock.advance(300_000);
    expect(await bench.get(payment.paymentId)).toMatchObject({
      status: 'paid',
      final: true,
      late: { outcome: 'accepted' },
    });
    expect((await bench.get(payment.paymentId)).collectedAtMs).toBeDefined();
    expect(bench.charged(payment)).toBe('1500.00');
    expect(await caseKinds(bench)).toEqual([]);
  });

  it('takes back an automatic refund that has not been sent', async () => {
    const { bench, payment, tell, payLate } = await expired();
    bench.bank.faults.always('refund', 'connect_failed');
    payLate();
    await bench.clock.advance(80_000);
    expect(await bench.get(payment.paymentId)).toMatchObject({ late: { outcome: 'refunding' } });
    await tell();
    bench.bank.faults.clear();
    await bench.clock.advance(300_000);
    expect(await bench.get(payment.paymentId)).toMatchObject({ status: 'paid', late: { outcome: 'accepted' } });
    expect(await bench.hub.refunds.listOf(PERSON, payment.paymentId)).toMatchObject([
      { status: 'declined', statusReason: 'withdrawn' },
    ]);
    expect((await bench.get(payment.paymentId)).refundReserved.isZero).toBe(true);
    expect(bench.charged(payment)).toBe('1500.00');
    expect(await caseKinds(bench)).toEqual([]);
  });

  it('is a case where the money has gone back already', async () => {
    const { bench, payment, tell, payLate } = await expired();
    payLate();
    await bench.clock.advance(100_000);
    expect(await bench.get(payment.paymentId)).toMatchObject({ late: { outcome: 'refunded' } });
    await tell();
    expect(await caseKinds(bench)).toEqual(['refunded_though_sold']);
  });

  it('is a case until the bank says the same, which is paid then and not late', async () => {
    const { bench, payment, tell, payLate } = await expired();
    await tell();
    expect(await bench.get(payment.paymentId)).toMatchObject({
      status: 'unknown',
      statusReason: 'sold',
      watched: true,
    });
    expect(await caseKinds(bench)).toEqual(['paid_at_till']);
    payLate();
    await bench.clock.advance(17_000);
    const paid = await bench.get(payment.paymentId);
    expect(paid).toMatchObject({ status: 'paid', final: true });
    expect(paid.late).toBeUndefined();
    expect(await caseKinds(bench)).toEqual([]);
  });
});

describe('what an agent writes', () => {
  const luhnTail = (prefix: string): string => {
    for (let tail = 123_456_789_000; ; tail++) if (passesLuhn(`${prefix}${tail}`)) return String(tail);
  };

  it('keeps its ids, although some look like card numbers, and loses the card numbers', () => {
    const paymentId = `019f2a3b-4c5d-7e6f-8567-${luhnTail('8567')}`;
    const value = { paymentId, orderId: '4000001234567899', note: `of ${paymentId}, card 4000 0012 3456 7899` };
    const cleaned = dropCardNumbers(value);
    expect(cleaned).toEqual({
      value: { paymentId, orderId: value.orderId, note: `of ${paymentId}, card [card number dropped]` },
      dropped: 1,
    });
  });

  it('nested too deeply to be searched is a case and stops nothing', async () => {
    const bench = await createCoreBench();
    const deep = new TextEncoder().encode('['.repeat(15_000) + ']'.repeat(15_000));
    const journal = new EdgeJournal(bench).add('unheard-of', deep).add('payment', fact(bench));
    expect(await take(bench, journal.batch())).toMatchObject({ verdict: 'ok', upto: 2 });
    expect(await caseKinds(bench)).toEqual(['journal_row_unreadable']);
  });
});
