import { Money } from '@tolem/base';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { needsChromium } from '../support/needs.ts';
import { launchBrowser, NO_CASHIERS, openPageTest, type PageTest, PHONE } from './browser.ts';

describe.skipIf(!needsChromium())('a refund with the customer on the pages (scheme 2)', () => {
  let browser: Browser;
  let test: PageTest;
  let page: Page;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    test = await openPageTest(browser, { language: 'en' });
    test.doors.core.setScheme(2);
    page = await test.openTill();
    await page.locator('.pad').waitFor();
  });
  afterEach(() => test.close());

  const core = () => test.doors.core;
  const pay = async (typed = '1500') => {
    await page.keyboard.type(typed);
    await page.click('#way-qr');
    await page.locator('.scan').waitFor();
    const id = core().payments.all().at(-1)?.paymentId ?? '';
    core().payments.pay(id);
    await page.locator('.result.paid').waitFor();
    return id;
  };
  const elsewhere = (reason: 'not_of_this_till' | 'details_unread' = 'not_of_this_till') =>
    core().refundSessions.elsewhere.push({
      bankPaymentId: '77',
      amount: Money.parse('250.00'),
      atMs: test.doors.context.clock.nowMs() - 3_600_000,
      refundable: false,
      reason,
    });
  const newest = () => core().refundSessions.all().at(-1)?.refundSessionId ?? '';
  const fillRefund = async (amount: string) => {
    await page.locator('dialog').waitFor();
    await page.fill('#amount', amount);
    await page.fill('#pin', '4711');
    await page.click('#dialog-submit');
  };

  it('from a paid payment: code, scan, the payment among the purchases, a part given back', async () => {
    const id = await pay();
    elsewhere();
    await page.click('#refund');
    await page.locator('.refund-code .code').waitFor();
    await page.getByText('The customer scans the refund code').first().waitFor();
    await page.getByText('Refund of 1 500 ₸').waitFor();
    await expect.poll(() => page.locator('.clock').textContent()).toMatch(/^[23]:\d\d$/);
    core().refundSessions.scan(newest());
    await page.locator('.purchases .choice').first().waitFor();
    await page.locator('.choice').getByText('This payment').waitFor();
    await page.locator('.choice.blocked').getByText('Not bought at this till').waitFor();
    elsewhere('details_unread');
    await page.click('#read-again');
    await page.locator('.choice.blocked').getByText('The bank did not say').waitFor();
    await page.click('#purchase-0');
    await fillRefund('400,50');
    await page.locator('.note.going').getByText('400,50').waitFor();
    // The page tells what it asks for before it is answered.
    await expect.poll(() => core().refunds.ofPayment(id).length).toBe(1);
    const [refund] = core().refunds.ofPayment(id);
    expect(refund).toMatchObject({ refundSessionId: newest(), actor: 'till page: Aigerim' });
    core().refunds.confirm(refund?.refundId ?? '');
    await page.locator('.note.ok').getByText('400,50').waitFor();
    expect(test.complaints).toEqual([]);
  });

  it('from the pad, without knowing the payment: the whole of it, and what the hub declines says why', async () => {
    const id = await pay('900');
    await page.click('#next');
    await page.click('#begin-refund');
    await page.locator('.refund-code').waitFor();
    core().refundSessions.scan(newest());
    await page.click('#purchase-0');
    await page.click('#refund-all');
    await page.fill('#pin', '4711');
    await page.click('#dialog-submit');
    await page.locator('.note.going').getByText('900').waitFor();
    // The page tells what it asks for before it is answered.
    await expect.poll(() => core().refunds.ofPayment(id).length).toBe(1);
    const refundId = core().refunds.ofPayment(id)[0]?.refundId ?? '';
    core().refunds.change(refundId, { status: 'declined', statusReason: 'refund_session_over' });
    await page.locator('.note.bad').getByText('no longer valid').waitFor();
  });

  it('says that the payment is not among the purchases of whoever has scanned', async () => {
    const id = await pay();
    await page.click('#refund');
    await page.locator('.refund-code').waitFor();
    core().payments.change(id, { status: 'unknown' });
    elsewhere();
    core().refundSessions.scan(newest());
    await page.locator('#not-listed').getByText('Is it the right customer?').waitFor();
    expect(await page.locator('.purchases button.choice').count()).toBe(0);
  });

  it('a code that nobody scanned is taken down, and a new one is shown', async () => {
    await pay();
    await page.click('#refund');
    await page.locator('.refund-code').waitFor();
    const first = newest();
    core().refundSessions.expire(first);
    await page.getByText('The refund code is no longer valid').first().waitFor();
    expect(await page.locator('.code').count()).toBe(0);
    await page.click('#new-code');
    await page.locator('.refund-code').waitFor();
    expect(newest()).not.toBe(first);
    await page.getByText('Refund of 1 500 ₸').waitFor();
  });

  it('goes on with the same code after a reload', async () => {
    await pay();
    await page.click('#refund');
    await page.locator('.refund-code').waitFor();
    await page.reload();
    await page.locator('.refund-code').waitFor();
    expect(core().refundSessions.all()).toHaveLength(1);
    core().refundSessions.scan(newest());
    await page.locator('.choice').getByText('This payment').waitFor();
  });

  it('says that the hub is away, and no money went back', async () => {
    await pay();
    core().setHubAway(true);
    await page.click('#refund');
    await page.locator('.note.bad').getByText('hub_unreachable').first().waitFor();
    await page.locator('.note.bad').getByText('No money went back.').waitFor();
    core().setHubAway(false);
    await page.click('#new-code');
    await page.locator('.refund-code').waitFor();
  });

  it('is a code on the customer’s display as well, until it is scanned', async () => {
    await pay();
    const display = await test.context.newPage();
    await display.goto(`${test.origin}/display`);
    await page.click('#refund');
    const code = display.locator('.on-refund_scan .code');
    await code.waitFor();
    await expect.poll(() => code.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
    await display.getByText('Для возврата отсканируйте').waitFor();
    await display.reload();
    await code.waitFor();
    core().refundSessions.scan(newest());
    await display.locator('.on-refund_known').waitFor();
    await page.goto(`${test.origin}/#/`);
    await page.locator('.pad').waitFor();
    await page.keyboard.type('50');
    await page.click('#way-qr');
    await display.locator('.on-scan').waitFor();
  });

  it('does not come back to the display that shows the next customer’s payment', async () => {
    await pay();
    const display = await test.context.newPage();
    await display.goto(`${test.origin}/display`);
    await page.click('#refund');
    await display.locator('.on-refund_scan').waitFor();
    await page.goto(`${test.origin}/#/`);
    await page.locator('.pad').waitFor();
    await page.keyboard.type('50');
    await page.click('#way-qr');
    await display.locator('.on-scan').waitFor();
    await display.reload();
    await display.locator('.on-scan, .on-refund_scan').waitFor();
    expect(await display.locator('.on-refund_scan').count()).toBe(0);
  });

  it('with several devices begins at the payment’s own, or at the chosen one', async () => {
    const device = { tradePointName: 'Магазин 1', enabled: true };
    core().setDevices([
      { deviceId: 'till-1', ...device },
      { deviceId: 'till-2', ...device },
    ]);
    await page.locator('#device').waitFor();
    expect(await page.locator('#begin-refund').isDisabled()).toBe(true);
    await page.selectOption('#device', 'till-2');
    const id = await pay();
    core().payments.change(id, { deviceId: 'till-1' });
    await page.reload();
    await page.click('#refund');
    await page.locator('.refund-code').waitFor();
    expect(core().refundSessions.all().at(-1)?.deviceId).toBe('till-1');
    await page.goto(`${test.origin}/#/`);
    await page.click('#begin-refund');
    await page.locator('.refund-code').waitFor();
    expect(core().refundSessions.all().at(-1)?.deviceId).toBe('till-2');
  });

  it.each([360, 320])('fits a phone of %i pixels without scrolling sideways', async (pixels) => {
    await page.setViewportSize({ ...PHONE, width: pixels });
    // The longest word for a paid payment.
    await page.selectOption('#language', 'ru');
    const width = () => page.evaluate(() => document.documentElement.scrollWidth);
    await pay();
    expect(await width()).toBeLessThanOrEqual(pixels);
    elsewhere('details_unread');
    await page.click('#refund');
    await page.locator('.refund-code').waitFor();
    expect(await width()).toBeLessThanOrEqual(pixels);
    core().refundSessions.scan(newest());
    await page.locator('#purchase-0').waitFor();
    expect(await width()).toBeLessThanOrEqual(pixels);
  });
});

describe.skipIf(!needsChromium())('what the scheme does not offer', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  const paidUnder = async (
    scheme: 1 | 2 | 3,
    act: (page: Page, test: PageTest, id: string) => Promise<void>,
    pins?: typeof NO_CASHIERS,
  ) => {
    const test = await openPageTest(browser, { language: 'en', ...(pins ? { pins } : {}) });
    try {
      test.doors.core.setScheme(scheme);
      const page = await test.openTill();
      await page.locator('.pad').waitFor();
      await page.keyboard.type('700');
      await page.click('#way-qr');
      await page.locator('.scan').waitFor();
      const id = test.doors.core.payments.all().at(-1)?.paymentId ?? '';
      await act(page, test, id);
    } finally {
      await test.close();
    }
  };

  it('scheme 1: no refund button, but where the refund is made; late money does not go back by itself', async () => {
    await paidUnder(1, async (page, { doors: { core } }, id) => {
      core.payments.pay(id);
      await page.locator('#refund-elsewhere').getByText('Kaspi Pay').waitFor();
      expect(await page.locator('#refund').count()).toBe(0);
      expect(await page.locator('#begin-refund').count()).toBe(0);
      core.payments.change(id, { status: 'expired', final: false });
      await page.getByText('headquarters will see to it').waitFor();
      core.payments.payLate(id);
      await page.getByText('does not go back by itself').waitFor();
      await page.click('#decline-late');
      await page.getByText('headquarters has been told').waitFor();
      const { late } = core.payments.get(id);
      if (late) core.payments.change(id, { late: { ...late, claimable: false } });
      await page.getByText('The money came late. The shop has it').waitFor();
      expect(await page.getByText('goes back to the customer').count()).toBe(0);
    });
  });

  it('scheme 3: refunded without the customer, as ever', async () => {
    await paidUnder(3, async (page, { doors: { core } }, id) => {
      core.payments.pay(id);
      await page.click('#refund');
      await page.locator('dialog').waitFor();
      expect(core.refundSessions.all()).toEqual([]);
    });
  });

  it('a way of paying that the scheme lacks is not offered, and says so', async () => {
    await paidUnder(2, async (page, { doors: { core }, origin }, id) => {
      core.payments.pay(id);
      core.refundSessions.setOffer({ scheme: 2, methods: ['qr'], refunds: 'with_customer' });
      await page.goto(`${origin}/#/`);
      await page.reload();
      await page.locator('#way-link').getByText('Not in the agreement').waitFor();
      expect(await page.locator('#way-link').isDisabled()).toBe(true);
    });
  });

  it('without a cashier’s PIN no code is shown', async () => {
    await paidUnder(
      2,
      async (page, { doors: { core } }, id) => {
        core.payments.pay(id);
        await page.click('#refund');
        await page.locator('dialog').getByText('pin set').waitFor();
        expect(core.refundSessions.all()).toEqual([]);
      },
      NO_CASHIERS,
    );
  });
});
