import { Money } from '@tolem/base';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { needsChromium } from '../support/needs.ts';
import { launchBrowser, openPageTest, type PageTest } from './browser.ts';

const TOKEN = { token: 'till', idempotencyKey: 'k', bodyHash: 'b' };

describe.skipIf(!needsChromium())('the customer’s display', () => {
  let browser: Browser;
  let test: PageTest;
  let page: Page;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    test = await openPageTest(browser);
    page = await test.context.newPage();
    await page.goto(test.doors.sessions.link().replace('/?', '/display?'));
    await page.getByText('Қош келдіңіз').waitFor();
  });
  afterEach(() => test.close());

  /** As a till would: through the API, with a token. */
  const ask = async (method: 'qr' | 'terminal', key = 'key-of-the-till-1') => {
    const body = { method, amount: '1500.00', orderId: 'secret-order', comment: 'for the till only' };
    const answer = await test.doors.call({
      path: '/v1/payments',
      body,
      key,
      headers: { host: new URL(test.origin).host },
    });
    return answer.body.id;
  };

  it('shows the shop, the code with ways to pay and the time left, the confirmation and the result, in Kazakh and Russian', async () => {
    await page.getByRole('heading', { name: 'Магазин 1' }).waitFor();
    const id = await ask('qr');
    const code = page.locator('.code');
    await expect.poll(() => code.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
    await page.getByText('Kaspi.kz қосымшасымен сканерлеңіз').waitFor();
    await page.getByText('Отсканируйте в приложении Kaspi.kz').waitFor();
    await page.getByText('Kaspi Gold').waitFor();
    await expect.poll(() => page.locator('.clock').textContent()).toMatch(/^[23]:\d\d$/);
    test.doors.core.payments.scan(id);
    await page.getByText('Подтвердите оплату в телефоне').waitFor();
    test.doors.core.payments.pay(id);
    await page.getByText('Төленді').waitFor();
    await page.getByText('Оплачено').waitFor();
    expect(test.complaints).toEqual([]);
  });

  it('takes nobody’s payment for collected, and says nothing that is the till’s', async () => {
    const id = await ask('qr');
    test.doors.core.payments.pay(id);
    await page.getByText('Оплачено').waitFor();
    expect(test.doors.core.payments.get(id).collectedAtMs).toBeUndefined();
    expect(await page.content()).not.toMatch(/secret-order|for the till only/);
  });

  it('takes the code down the moment it must not be paid any more', async () => {
    const id = await ask('qr');
    await page.locator('.code').waitFor();
    await test.doors.core.payments.cancel(id);
    await page.getByText('Оплата отменена').waitFor();
    expect(await page.locator('.code').count()).toBe(0);
  });

  it('asks to wait and not to pay again where the outcome is unknown', async () => {
    const id = await ask('terminal');
    await page.getByText('Оплатите на терминале').waitFor();
    test.doors.core.payments.change(id, { status: 'unknown' });
    await page.getByText('Не платите ещё раз').waitFor();
  });

  it('shows the newest payment', async () => {
    const first = await ask('qr');
    await page.locator('.code').waitFor();
    await ask('terminal', 'key-of-the-till-2');
    await page.getByText('Оплатите на терминале').waitFor();
    test.doors.core.payments.pay(first);
    expect(await page.getByText('Оплачено').count()).toBe(0);
  });

  it('takes the code down when the agent goes away', async () => {
    await ask('qr');
    await page.locator('.code').waitFor();
    await test.doors.api.close();
    await page.getByText('Қош келдіңіз').waitFor();
  });

  it('fits 320 pixels with the largest amount', async () => {
    await page.setViewportSize({ width: 320, height: 568 });
    await test.doors.core.payments.create({ ...TOKEN, method: 'qr', amount: Money.fromTenge(5_000_000) });
    await page.locator('.code').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  });

  it('may ask for nothing but what it shows', async () => {
    const { payment } = await test.doors.core.payments.create({
      ...TOKEN,
      method: 'qr',
      amount: Money.fromTenge(10),
    });
    const ask = (path: string) => page.evaluate((url) => fetch(url).then((answer) => answer.status), path);
    expect(await ask(`/v1/payments/${payment.paymentId}/qr.svg`)).toBe(200);
    expect(await ask(`/v1/payments/${payment.paymentId}`)).toBe(403);
    expect(await ask('/v1/payments')).toBe(403);
    expect(await ask('/page/state')).toBe(403);
    expect(await ask('/page/feed')).toBe(403);
    expect((await page.goto(`${test.origin}/`))?.status()).toBe(401);
  });
});
