import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { needsChromium } from '../support/needs.ts';
import { launchBrowser, openPageTest, type PageTest } from './browser.ts';

describe.skipIf(!needsChromium())('an invoice on the till page', () => {
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
  const newest = () => payments().all().at(-1);
  const openDialog = async () => {
    await page.locator('.pad').waitFor();
    await page.keyboard.type('1500');
    await page.click('#way-invoice');
    await page.locator('#phone').waitFor();
  };
  const send = async () => {
    await openDialog();
    await page.keyboard.type('7071234567');
    await page.click('#dialog-submit');
    await page.locator('.note.payer').waitFor();
    await page.click('#dialog-submit');
    await page.getByRole('heading', { name: 'The customer has the invoice' }).waitFor();
    return newest()?.paymentId ?? '';
  };

  it('goes out only after the cashier has seen the customer’s name', async () => {
    await openDialog();
    await page.keyboard.type('7071234567');
    expect(await page.inputValue('#phone')).toBe('+7 707 123 45 67');
    await page.click('#dialog-submit');
    await page.getByText('Айгерим Б.').waitFor();
    expect(payments().all()).toEqual([]);
    await page.click('#dialog-submit');
    await page.getByText('The customer opens Kaspi.kz and pays it').waitFor();
    expect(newest()).toMatchObject({ method: 'invoice', phone: '+77071234567' });
    await page.getByText('Айгерим Б.').first().waitFor();
    expect(test.complaints).toEqual([]);
  });

  it.each(['87071234567', '+7 (707) 123-45-67', '7071234567', '77071234567'])('takes the number %s', async (number) => {
    await openDialog();
    await page.locator('#phone').evaluate((input: HTMLInputElement, text) => {
      input.value = text;
      input.dispatchEvent(new Event('input'));
    }, number);
    expect(await page.inputValue('#phone')).toBe('+7 707 123 45 67');
  });

  it('asks for the name anew when the number changes, and says what is wrong with a number', async () => {
    await openDialog();
    await page.click('#dialog-submit');
    await page.getByText('Type the whole number').waitFor();
    await page.locator('#phone').pressSequentially('7070000404');
    await page.click('#dialog-submit');
    await page.getByRole('alert').getByText('payer_not_found').first().waitFor();
    for (let n = 0; n < 4; n++) await page.keyboard.press('Backspace');
    expect(await page.inputValue('#phone')).toBe('+7 707 000');
    await page.keyboard.type('4567');
    expect(await page.inputValue('#phone')).toBe('+7 707 000 45 67');
    await page.click('#dialog-submit');
    await page.locator('.note.payer').waitFor();
    await page.locator('#phone').press('End');
    await page.keyboard.press('Backspace');
    await expect.poll(() => page.locator('.note.payer').count()).toBe(0);
    expect(await page.locator('#dialog-submit').textContent()).toBe('Find the customer');
    expect(payments().all()).toEqual([]);
  });

  it('is asked about by its button, which then counts down; what the bank says appears', async () => {
    const id = await send();
    await page.click('#refresh');
    await page.getByText(/possible in \d+ s/).waitFor();
    expect(await page.locator('#refresh').isDisabled()).toBe(true);
    expect(payments().refreshed).toEqual([{ paymentId: id, by: expect.any(String) }]);
    payments().pay(id);
    await page.locator('.result.paid').waitFor();
    expect(await page.locator('#refresh').count()).toBe(0);
    await expect.poll(() => payments().get(id).collectedAtMs).toBeDefined();
  });

  it('is cancelled; where the bank did not confirm that, the page says so and offers it again', async () => {
    const id = await send();
    payments().change(id, { status: 'cancelled', statusReason: 'cancel_unconfirmed', final: false });
    await page.getByText('The bank did not confirm the cancel').waitFor();
    await page.getByRole('button', { name: 'Cancel again' }).click();
    await expect.poll(() => payments().get(id).final).toBe(true);
    await expect.poll(() => page.locator('#cancel').count()).toBe(0);
  });

  it('with a lost answer says not to send a second one', async () => {
    const id = await send();
    payments().change(id, { status: 'unknown', statusReason: 'invoice_unanswered' });
    await page.getByText('Do not charge again!').first().waitFor();
    await page.getByText('Do not send a second invoice').waitFor();
  });
});
