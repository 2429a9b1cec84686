import { createSystemClock, Money } from '@tolem/base';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { needsChromium } from '../support/needs.ts';
import { launchBrowser, NO_CASHIERS, openPageTest, type PageTest, PHONE } from './browser.ts';

describe.skipIf(!needsChromium())('the till page', () => {
  let browser: Browser;
  let test: PageTest;
  let page: Page;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    test = await openPageTest(browser, { language: 'en' });
    page = await test.openTill();
    await page.locator('.pad').waitFor();
  });
  afterEach(() => test.close());

  const core = () => test.doors.core;
  const newest = () => {
    const payment = core().payments.all().at(-1);
    if (!payment) throw new Error('no payment was asked for');
    return payment;
  };
  const startQr = async (amount = '1500') => {
    await page.locator('.pad').waitFor();
    await page.keyboard.type(amount);
    await page.click('#way-qr');
    await page.locator('.scan').waitFor();
    return newest().paymentId;
  };
  const startAtTerminal = async () => {
    await page.keyboard.type('700');
    await page.click('#way-terminal-front');
    await page.getByText('Payment at the terminal').waitFor();
    return newest().paymentId;
  };

  it('leads a QR payment from the keys to PAID, and on to the next customer by Enter', async () => {
    const id = await startQr('1500,5');
    expect(newest().amount.toString()).toBe('1500.50');
    const code = page.locator('.code');
    await expect.poll(() => code.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
    core().payments.scan(id);
    await page.getByText('The customer is confirming').waitFor();
    core().payments.pay(id);
    await page.locator('.result.paid').getByText('Paid').first().waitFor();
    await expect.poll(() => core().payments.get(id).collectedAtMs).toBeDefined();
    await page.keyboard.press('Enter');
    await page.locator('.pad').waitFor();
    expect(await page.locator('.typed output').textContent()).toContain('0');
    expect(test.complaints).toEqual([]);
  });

  it('starts one payment however often the button is pressed', async () => {
    await page.keyboard.type('100');
    await page.locator('#way-qr').evaluate((button: HTMLElement) => {
      for (let n = 0; n < 5; n++) button.click();
    });
    await page.keyboard.press('Enter');
    await page.locator('.scan').waitFor();
    expect(core().payments.all()).toHaveLength(1);
  });

  it('repeats a request whose answer was lost with the same key', async () => {
    core().payments.loseNextAnswer();
    await startQr('250');
    expect(core().payments.all()).toHaveLength(1);
  });

  it('goes on after a reload in the middle of the request, with the same payment', async () => {
    let isCut = true;
    await page.route('**/v1/payments', async (route) => {
      if (route.request().method() !== 'POST' || !isCut) return route.continue();
      // The agent gets the request; its answer never reaches the page.
      await route.fetch();
      return route.abort();
    });
    await page.keyboard.type('300');
    await page.click('#way-qr');
    await page.getByText('Asking again with the same key').waitFor();
    await page.reload();
    isCut = false;
    await page.locator('.scan').waitFor();
    expect(core().payments.all()).toHaveLength(1);
  });

  it('is not told by an agent that is stopping that nothing was begun', async () => {
    let attempts = 0;
    await page.route('**/v1/payments', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      attempts += 1;
      if (attempts === 1) {
        await route.fetch();
        return route.abort();
      }
      if (attempts > 2) return route.continue();
      const hint = { kk: 'k', ru: 'r', en: 'e' };
      const problem = { status: 503, code: 'stopping', detail: 'stopping', money: 'none', retry: 'after', hint };
      return route.fulfill({ status: 503, json: problem });
    });
    await page.keyboard.type('300');
    await page.click('#way-qr');
    await page.locator('.scan').waitFor();
    expect(attempts).toBe(3);
    expect(core().payments.all()).toHaveLength(1);
  });

  it('shows the open payment again after a reload, and in a new window offers it', async () => {
    const id = await startQr();
    await page.reload();
    await page.locator('.scan').waitFor();
    const other = await test.context.newPage();
    await other.goto(test.origin);
    await other.locator('.banner').getByText('Unfinished payment').waitFor();
    await other.locator('.banner a').click();
    await other.locator('.scan').waitFor();
    expect(
      core()
        .payments.all()
        .map((one) => one.paymentId),
    ).toEqual([id]);
  });

  it('cancels, warns that somebody may still pay, and offers late money with its time', async () => {
    const id = await startQr();
    await page.click('#cancel');
    await page.getByText('may still pay').waitFor();
    core().payments.payLate(id);
    await page.getByRole('heading', { name: 'The customer paid after all' }).waitFor();
    expect(core().payments.get(id).collectedAtMs).toBeUndefined();
    await page.click('#accept-late');
    await page.locator('.result.paid').waitFor();
    expect(core().payments.get(id).status).toBe('paid');
  });

  it('says that late money goes back only while it does', async () => {
    const paymentId = await startQr();
    const { amount } = newest();
    const { refundId } = core().refunds.ask({
      paymentId,
      amount,
      terminal: { terminalId: 'front', start: 'answered' },
    });
    const late = { amount, claimable: false, claimUntilMs: createSystemClock().nowMs(), refundId };
    core().payments.change(paymentId, { status: 'expired', late });
    const hint = page.locator('.result.ended .hint');
    await hint.getByText('goes back to the customer').waitFor();
    core().refunds.change(refundId, { status: 'declined' });
    await hint.getByText('The shop has it').waitFor();
    core().refunds.change(refundId, { status: 'unknown' });
    await expect.poll(() => hint.count()).toBe(0);
  });

  it('announces late money while the next customer is served', async () => {
    const id = await startQr();
    core().payments.change(id, { status: 'expired' });
    await page.click('#next');
    core().payments.payLate(id);
    await page.locator('.banner.late').getByText('Late payment').waitFor();
  });

  it('forbids a second charge where the outcome is unknown, until a person has decided with name and reason', async () => {
    const id = await startAtTerminal();
    core().payments.change(id, { status: 'unknown', statusReason: 'start_answer_lost' });
    core().setTerminal('front', { state: 'unresolved' });
    await page.getByRole('heading', { name: 'Do not charge again!' }).waitFor();
    expect(await page.locator('#next').count()).toBe(0);
    await page.click('#was-not-paid');
    await page.click('#dialog-submit');
    await page.getByText('Say why').last().waitFor();
    await page.fill('#reason', 'the screen said cancelled');
    await page.selectOption('#by', 'Aigerim');
    await page.fill('#pin', '0000');
    await page.click('#dialog-submit');
    await page.getByText('The PIN is wrong').waitFor();
    expect(await page.getByText('pin_wrong').count()).toBe(0);
    await page.fill('#pin', '4711');
    await page.click('#dialog-submit');
    await page.locator('.result.failed').waitFor();
    expect(core().payments.get(id)).toMatchObject({ status: 'failed', evidence: 'person' });
    expect(core().payments.get(id).resolvedBy).toContain('Aigerim');
    await page.getByText('Aigerim, at the till: the screen said cancelled').waitFor({ state: 'attached' });
  });

  it('asks a person behind a word in no document, and lets nobody deny money that has moved', async () => {
    const id = await startAtTerminal();
    core().payments.change(id, { statusReason: 'status_unlisted' });
    await page.getByRole('heading', { name: 'Do not charge again!' }).waitFor();
    await page.getByText('a word that we do not know').waitFor();
    expect(await page.locator('#was-not-paid').count()).toBe(1);
    core().payments.change(id, { status: 'unknown', statusReason: 'amount_mismatch', amountPaid: Money.fromTenge(7) });
    await page.getByText('charged another amount: 7').waitFor();
    expect(await page.locator('#was-not-paid').count()).toBe(0);
    expect(await page.locator('#was-paid').count()).toBe(1);
  });

  it('gives back a typed amount once, follows it, and tells the rest', async () => {
    const id = await startQr();
    core().payments.pay(id);
    await page.click('#refund');
    await page.fill('#amount', '1500,01');
    await page.click('#dialog-submit');
    await page.getByText('Type an amount from').waitFor();
    await page.fill('#amount', '400,50');
    await page.fill('#pin', '4711');
    await page.getByRole('button', { name: 'Give back 400,50' }).dblclick();
    await page.getByText('Giving back 400,50').waitFor();
    // The page tells what it asks for before it is answered.
    await expect.poll(() => core().refunds.ofPayment(id).length).toBe(1);
    const [refund] = core().refunds.ofPayment(id);
    core().refunds.confirm(refund?.refundId ?? '');
    await page.getByText('The money went back: 400,50').waitFor();
    await page.getByText('Aigerim, at the till').waitFor({ state: 'attached' });
    expect(core().refunds.ofPayment(id)).toHaveLength(1);
    await page.click('#refund');
    await page
      .getByText(
        '1 099,50 ₸ can be given back'
          .replaceAll(' ', '\u00a0')
          .replace('\u00a0can\u00a0be\u00a0given\u00a0back', ' can be given back'),
      )
      .waitFor();
  });

  it('keeps terminal payments going while the hub is away', async () => {
    core().setHubAway(true);
    await page.getByText('The hub cannot be reached').waitFor();
    await page.keyboard.type('700');
    expect(await page.locator('#way-qr').isDisabled()).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByText('Payment at the terminal').waitFor();
    core().setHubAway(false);
    await expect.poll(() => page.getByText('The hub cannot be reached').count()).toBe(0);
  });

  it('refuses tiyn for the terminal before anything is sent', async () => {
    await page.keyboard.type('700,50');
    expect(await page.locator('#way-terminal-front').isDisabled()).toBe(true);
    await page.getByText('Whole tenge only').waitFor();
  });

  it('says a refusal in the cashier’s language, and that no money moved', async () => {
    core().payments.setHubAway(true);
    await page.keyboard.type('100');
    await page.click('#way-qr');
    await page.getByRole('alert').getByText('No money moved.').waitFor();
    core().payments.setHubAway(false);
    await page.click('#retry');
    await page.locator('.scan').waitFor();
  });

  it('finds payments by receipt and status', async () => {
    await page.fill('#orderId', 'A-17');
    await page
      .locator('h1')
      .first()
      .evaluate((element) => (element.ownerDocument.activeElement as HTMLElement).blur());
    const id = await startQr('120');
    core().payments.pay(id);
    await page.click('#next');
    await startQr('130');
    await page.goto(`${test.origin}/#/history`);
    await page.locator('.rows li').nth(1).waitFor();
    await page.fill('#query', 'A-17');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.rows li').count()).toBe(1);
    await page.locator('.rows a').click();
    await page.getByText('A-17').waitFor();
    expect(await page.locator('#next').count()).toBe(0);
  });

  it('releases a terminal and pairs one from the equipment page', async () => {
    core().setTerminal('front', { state: 'unpaired' });
    await page.goto(`${test.origin}/#/equipment`);
    await page.click('#pair-front');
    await page.getByText('Ready').waitFor();
    core().setTerminal('front', { state: 'blocked' });
    await page.click('#release-front');
    await page.fill('#reason', 'looked at it');
    await page.selectOption('#by', 'Berik');
    await page.fill('#pin', '4711');
    await page.click('#dialog-submit');
    await page.getByText('Ready').waitFor();
  });

  it('says that the agent is away', async () => {
    await test.doors.api.close();
    await page.getByText('No connection to the agent').waitFor();
    expect(await page.locator('#way-qr').isDisabled()).toBe(true);
  });

  it('goes on by itself when the agent has restarted in the middle of a payment', async () => {
    const id = await startQr();
    await test.doors.restart();
    core().payments.scan(id);
    await page.getByRole('heading', { name: 'The customer is confirming' }).waitFor();
    core().payments.pay(id);
    await page.locator('.result.paid').waitFor();
    await expect.poll(() => page.getByText('No connection to the agent').count()).toBe(0);
    await page.click('#next');
    await startQr('5');
  });

  it('lets a person settle an unknown refund of a terminal', async () => {
    const id = await startAtTerminal();
    core().payments.pay(id);
    await page.click('#refund');
    await page.fill('#amount', '100,50');
    await page.click('#dialog-submit');
    await page.getByText('Whole tenge only').waitFor();
    await page.click('#refund-all');
    await page.fill('#pin', '4711');
    await page.click('#dialog-submit');
    await page.getByText('Giving back').waitFor();
    await expect.poll(() => core().refunds.ofPayment(id).length).toBe(1);
    const refundId = core().refunds.ofPayment(id)[0]?.refundId ?? '';
    core().refunds.change(refundId, { status: 'unknown' });
    await page.click('#was-refunded');
    await page.fill('#reason', 'the receipt says so');
    await page.fill('#pin', '4711');
    await page.click('#dialog-submit');
    await page.getByText('The money went back').waitFor();
    expect(core().refunds.get(refundId)).toMatchObject({ status: 'confirmed', evidence: 'person' });
  });

  it('gives no money back and decides nothing where no cashier has a PIN, and says what to do', async () => {
    const bare = await openPageTest(browser, { language: 'en', pins: NO_CASHIERS });
    try {
      const own = await bare.openTill();
      await own.locator('.pad').waitFor();
      await own.keyboard.type('700');
      await own.click('#way-terminal-front');
      await own.getByText('Payment at the terminal').waitFor();
      const id = bare.doors.core.payments.all()[0]?.paymentId ?? '';
      bare.doors.core.payments.change(id, { status: 'unknown', statusReason: 'start_answer_lost' });
      await own.click('#was-paid');
      await own.getByText('tolem-agent pin set').waitFor();
      await own.click('#dialog-submit');
      bare.doors.core.payments.pay(id);
      await own.click('#refund');
      await own.getByText('tolem-agent pin set').waitFor();
      expect(await own.locator('#amount').count()).toBe(0);
    } finally {
      await bare.close();
    }
  });

  it('is closed without the link, and the link works once', async () => {
    const link = test.doors.sessions.link();
    const fresh = await browser.newContext();
    const stranger = await fresh.newPage();
    expect((await stranger.goto(test.origin))?.status()).toBe(401);
    await stranger.getByText('This page is locked').waitFor();
    await stranger.goto(link);
    await stranger.locator('.pad').waitFor();
    expect(stranger.url()).toBe(`${test.origin}/`);
    const second = await (await browser.newContext()).newPage();
    await second.goto(link);
    await second.getByText('This page is locked').waitFor();
    await fresh.close();
    await second.context().close();
  });

  it.each([360, 320])('fits a phone of %i pixels without scrolling sideways', async (pixels) => {
    await page.setViewportSize({ ...PHONE, width: pixels });
    await page.keyboard.type('4999999,99');
    expect(await page.locator('.pad').evaluate((pad) => pad.scrollWidth - pad.clientWidth)).toBe(0);
    await page.click('#way-qr');
    await page.locator('.scan').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(pixels);
  });

  it('has nothing smaller than a finger: 44 pixels', async () => {
    const small = () =>
      page.locator('button:visible, select:visible, input:visible, summary:visible, a:visible').evaluateAll((all) =>
        all
          .filter((one) => {
            const { width, height } = one.getBoundingClientRect();
            return Math.min(width, height) < 44;
          })
          .map((one) => one.outerHTML),
      );
    expect(await small()).toEqual([]);
    const id = await startQr();
    expect(await small()).toEqual([]);
    await page.goto(`${test.origin}/#/history`);
    await page.locator('.filters').waitFor();
    await page.locator('.banner').waitFor();
    expect(await small()).toEqual([]);
    core().payments.pay(id);
    await page.goto(`${test.origin}/#/past/${id}`);
    await page.locator('.facts').waitFor();
    expect(await small()).toEqual([]);
  });

  it('counts down to the agent’s moment', async () => {
    const id = await startQr();
    const expiresAtMs = createSystemClock().nowMs() + 90_500;
    core().payments.change(id, { expiresAtMs });
    await expect.poll(() => page.locator('.clock').textContent()).toMatch(/^1:(30|29|28)$/);
  });
});
