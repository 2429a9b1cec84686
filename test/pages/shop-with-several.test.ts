import { Money } from '@tolem/base';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { needsChromium } from '../support/needs.ts';
import { launchBrowser, openPageTest, type PageTest } from './browser.ts';

const DEVICES = [
  { deviceId: 'till-1', tradePointName: 'Магазин 1', enabled: true },
  { deviceId: 'till-2', tradePointName: 'Магазин 1, второй этаж', enabled: true },
  { deviceId: 'till-3', tradePointName: 'Магазин 1', enabled: false },
];

describe.skipIf(!needsChromium())('the till page of a shop', () => {
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

  it('with one Kaspi device asks nothing; with several the cashier chooses once, and the page remembers', async () => {
    expect(await page.locator('#device').count()).toBe(0);
    core().setDevices(DEVICES);
    await page.locator('#device').waitFor();
    expect(await page.locator('#device option').allTextContents()).toEqual([
      'choose the till',
      'till-1 · Магазин 1',
      'till-2 · Магазин 1, второй этаж',
    ]);
    await page.keyboard.type('100');
    expect(await page.locator('#way-qr').isDisabled()).toBe(true);
    expect(await page.locator('#way-terminal-front').isDisabled()).toBe(false);
    await page.selectOption('#device', 'till-2');
    await page.reload();
    await page.locator('#device').waitFor();
    await page.keyboard.type('100');
    await page.click('#way-qr');
    await page.locator('.scan').waitFor();
    expect(core().payments.all().at(-1)).toMatchObject({ method: 'qr', deviceId: 'till-2' });
  });

  it('tells the cashier what headquarters asks of a terminal, also after a reload, until it has ended', async () => {
    await page.keyboard.type('700');
    await page.click('#way-terminal-front');
    await page.getByText('Payment at the terminal').waitFor();
    const payment = core().payments.all().at(-1);
    if (!payment) throw new Error('no payment was asked for');
    const { paymentId } = payment;
    core().payments.pay(paymentId);
    const terminal = { terminalId: 'front', start: 'answered' } as const;
    const { refundId } = core().refunds.ask({ paymentId, amount: Money.fromTenge(300), terminal });
    const banner = page.locator('.banner').getByText('Headquarters asks to give back');
    await banner.waitFor();
    expect(await banner.textContent()).toMatch(/300.*front/);
    await page.goto(`${test.origin}/#/`);
    await page.reload();
    await banner.waitFor();
    core().refunds.change(refundId, { status: 'unknown', statusReason: 'start_answer_lost' });
    await page.locator('.bad.banner').getByText('the outcome is unknown').waitFor();
    await page.locator('.bad.banner a').click();
    await expect.poll(() => page.url()).toContain(`#/past/${paymentId}`);
    core().refunds.confirm(refundId);
    await expect.poll(() => page.locator('.banner').count()).toBe(0);
    expect(test.complaints).toEqual([]);
  });
});
