import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { needsChromium } from '../support/needs.ts';
import { launchBrowser, openPageTest, type PageTest, PHONE } from './browser.ts';

const URL_SHOWN = 'https://pay.kaspi.kz/pay/51236903777280167836178166503744993984459';

describe.skipIf(!needsChromium())('a payment by link on the pages', () => {
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

  const payments = () => test.doors.core.payments;
  const startLink = async () => {
    await page.keyboard.type('1500');
    await page.click('#way-link');
    await page.locator('h1').getByText('Waiting for the customer').waitFor();
    const payment = payments().all().at(-1);
    if (!payment) throw new Error('no payment was asked for');
    return payment.paymentId;
  };

  it('shows the link, its code and the time left, copies it, and leads to PAID', async () => {
    await test.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: test.origin });
    const id = await startLink();
    expect(payments().get(id).method).toBe('link');
    expect(await page.inputValue('#link')).toBe(URL_SHOWN);
    const code = page.locator('.code');
    await expect.poll(() => code.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
    await expect.poll(() => page.locator('.clock').textContent()).toMatch(/^[23]:\d\d$/);
    await page.click('#copy');
    await page.locator('#copy').getByText('Copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(URL_SHOWN);
    payments().scan(id);
    await page.getByText('The link was opened').waitFor();
    expect(await page.locator('#link').count()).toBe(0);
    payments().pay(id);
    await page.locator('.result.paid').waitFor();
    await page.locator('#refund').waitFor();
    expect(test.complaints).toEqual([]);
  });

  it('copies where the browser offers no clipboard', async () => {
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
    await startLink();
    await page.click('#copy');
    await page.locator('#copy').getByText('Copied').waitFor();
    const selected = await page.evaluate(() => {
      const link = document.querySelector<HTMLInputElement>('#link');
      return link?.value.slice(link.selectionStart ?? 0, link.selectionEnd ?? 0);
    });
    expect(selected).toBe(URL_SHOWN);
  });

  it('is cancelled, says that the link may still be paid, and offers late money', async () => {
    const id = await startLink();
    await page.click('#cancel');
    await page.getByText('A customer who has the link may still pay').waitFor();
    expect(await page.locator('#link').count()).toBe(0);
    payments().payLate(id);
    await page.click('#accept-late');
    await page.locator('.result.paid').waitFor();
  });

  it('is not offered while the hub is away', async () => {
    test.doors.core.setHubAway(true);
    await page.getByText('no QR and no links for now').waitFor();
    await page.keyboard.type('100');
    expect(await page.locator('#way-link').isDisabled()).toBe(true);
    expect(await page.locator('#way-terminal-front').isEnabled()).toBe(true);
  });

  it('fits a phone of 360 pixels without scrolling sideways', async () => {
    await page.setViewportSize({ ...PHONE, width: 360 });
    await startLink();
    await page.click('#copy');
    await page.locator('#copy').getByText('Copied').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    expect(await page.locator('.panel').evaluate((panel) => panel.scrollWidth - panel.clientWidth)).toBe(0);
  });

  it('is a code for any camera on the customer’s display, taken down when it has ended', async () => {
    const display = await test.context.newPage();
    await display.goto(`${test.origin}/display`);
    const id = await startLink();
    await display.locator('.on-link .code').waitFor();
    await display.getByText('Телефон камерасын кодқа бағыттаңыз').waitFor();
    await display.getByText('Наведите камеру телефона на код').waitFor();
    await display.getByText('Kaspi Gold').waitFor();
    payments().scan(id);
    await display.getByText('Подтвердите оплату в телефоне').waitFor();
    expect(await display.locator('.code').count()).toBe(0);
  });
});
