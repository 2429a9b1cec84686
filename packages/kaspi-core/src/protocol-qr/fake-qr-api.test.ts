import { createVirtualClock, Money } from '@tolem/base';
import { describe, expect, it } from 'vitest';
import { createFakeQrApi, FAKE_BIN } from './fake-qr-api.ts';
import { qrApiCompliance } from './qr-api-compliance.ts';

const amount = Money.fromTenge(1500);

async function openPurchase(options: Partial<Parameters<typeof createFakeQrApi>[0]> = {}) {
  const clock = createVirtualClock();
  const bank = createFakeQrApi({ clock, ...options });
  const deviceToken = await bank.registerDevice({ organizationBin: FAKE_BIN, deviceId: 'till-1', tradePointId: '1' });
  const created = await bank.createQr({ organizationBin: FAKE_BIN, deviceToken, amount, externalId: 'p-1' });
  const refund = (part: Money) =>
    bank.refund({ organizationBin: FAKE_BIN, deviceToken, bankPaymentId: created.bankPaymentId, amount: part });
  return { clock, bank, deviceToken, id: created.bankPaymentId, refund };
}

describe('the fake bank', () => {
  it('keeps an unscanned token created for ever, and lets only a late scan revive it', async () => {
    const { clock, bank, id } = await openPurchase();
    await clock.advance(180_001);
    expect((await bank.readStatus(id)).word).toBe('QrTokenCreated');
    expect(bank.customer.scan(id)).toBe(false);
    expect(bank.customer.scan(id, { late: true })).toBe(true);
    expect(bank.customer.confirm(id)).toBe(true);
    expect(await bank.readStatus(id)).toEqual({ word: 'Processed', meaning: 'succeeded', amount });
  });

  it('cancels an unconfirmed purchase after the window and its lag, and lets it succeed late within the lag', async () => {
    const first = await openPurchase();
    first.bank.customer.scan(first.id);
    await first.clock.advance(70_001);
    expect((await first.bank.readStatus(first.id)).meaning).toBe('failed');
    const second = await openPurchase({ cancelLagMs: 60_000 });
    second.bank.customer.scan(second.id);
    await second.clock.advance(70_001);
    expect(second.bank.customer.confirm(second.id)).toBe(false);
    expect(second.bank.customer.confirm(second.id, { late: true })).toBe(true);
    expect((await second.bank.readStatus(second.id)).meaning).toBe('succeeded');
  });

  it('gives money back although the answer is lost, and does not where the request is', async () => {
    const { bank, id, refund } = await openPurchase();
    bank.customer.scan(id);
    bank.customer.confirm(id);
    bank.faults.next('refund', 'answer_lost');
    await expect(refund(Money.fromTenge(500))).rejects.toMatchObject({ code: 'timeout', effect: 'possible' });
    bank.faults.next('refund', 'unavailable');
    await expect(refund(Money.fromTenge(500))).rejects.toMatchObject({ code: 'unavailable', effect: 'possible' });
    bank.refundElsewhere(id, Money.fromTenge(100));
    expect(bank.purchase(id).refunded).toEqual(Money.fromTenge(600));
    await expect(refund(Money.fromTenge(1000))).rejects.toMatchObject({
      code: 'refund_exceeds_payment',
      effect: 'none',
    });
  });

  it('charges another amount and shows an unlisted word when told to', async () => {
    const { bank, id } = await openPurchase();
    bank.purchase(id).shownWord = 'Thinking';
    expect(await bank.readStatus(id)).toMatchObject({ word: 'Thinking', meaning: 'unlisted' });
    delete bank.purchase(id).shownWord;
    bank.purchase(id).chargeInstead = Money.fromTenge(1);
    bank.customer.scan(id);
    bank.customer.confirm(id);
    expect((await bank.readStatus(id)).amount).toEqual(Money.fromTenge(1));
  });

  it('answers slowly on the virtual clock, and processes late where it stalls', async () => {
    const { clock, bank, id, refund } = await openPurchase();
    bank.customer.scan(id);
    bank.customer.confirm(id);
    bank.faults.next('refund', { kind: 'stalled', ms: 5_000 });
    const answer = refund(amount);
    await clock.advance(4_999);
    expect(bank.purchase(id).refunded).toEqual(Money.zero);
    await clock.advance(1);
    await answer;
    expect(bank.purchase(id).refunded).toEqual(amount);
  });

  it('refuses what the real client would refuse before sending, and counts what was sent', async () => {
    const { bank, deviceToken } = await openPurchase();
    const request = { organizationBin: FAKE_BIN, deviceToken, amount: Money.zero, externalId: 'p-2' };
    await expect(bank.createQr(request)).rejects.toMatchObject({ code: 'request_invalid', effect: 'none' });
    expect(bank.calls.map((call) => call.method)).toEqual(['registerDevice', 'createQr']);
  });
});

describe.each([1, 2, 3] as const)('the fake bank as a QrApi under scheme %i', (scheme) => {
  it.each(qrApiCompliance(scheme).map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const bank = createFakeQrApi({ clock: createVirtualClock(), scheme });
    let last = 0;
    const newId = () => `c${++last}`;
    const scanRefundCode = (id: string, customer?: 'another') =>
      void bank.scanRefundCode(id, customer ? { customer } : {});
    await one.run({ api: bank, emulation: bank.emulation, organizationBin: FAKE_BIN, newId, scanRefundCode });
  });
});
