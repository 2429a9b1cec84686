import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectAgreement } from '../support/agreement.ts';
import { DESKTOP, launchBrowser, PHONE } from '../support/launch-browser.ts';
import { needsChromium } from '../support/needs.ts';
import { eventually } from '../support/program.ts';
import { startWorld, type World } from '../support/world.ts';

describe.skipIf(!needsChromium())('headquarters and its page', () => {
  let world: World;
  let browser: Browser;
  beforeAll(async () => {
    [world, browser] = await Promise.all([startWorld(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  });

  const open = async (size: { width: number; height: number }, colorScheme: 'light' | 'dark'): Promise<Page> => {
    const context = await browser.newContext({ viewport: size, colorScheme, locale: 'en-GB', reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.goto(world.hub.url);
    const fields = page.locator('form input');
    await fields.first().fill('Aida');
    await fields.nth(1).fill(readFileSync(join(world.paths.hubData, 'http-token'), 'utf8').trim());
    await page.getByRole('button', { name: 'Log in' }).click();
    return page;
  };
  const judge = async (page: Page, where: string) => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`),
      where,
    ).toEqual([]);
    const folder = process.env.TOLEM_SHOTS;
    const width = page.viewportSize()?.width;
    if (folder) await page.screenshot({ path: `${folder}/hub-${where}-${width}.png`, fullPage: true });
  };

  test.each([
    [DESKTOP, 'light', '510.00'],
    [PHONE, 'dark', '511.00'],
  ] as const)(
    'find an invoice whose answer was lost, and have the bank asked: %o, %s',
    async (size, look, amount) => {
      await world.bank.fault({ where: 'bank', path: 'remote/create', kind: 'answer_lost', times: 1 });
      const asked = await world.till.pay({ method: 'invoice', amount, phone: '87071234567' });
      await world.till.waitFor(asked.id, (payment) => payment.statusReason === 'invoice_unanswered');
      const page = await open(size, look);
      const entry = page.locator('.case').filter({ hasText: amount.replace('.', ',') });
      await entry.getByText('87071234567').waitFor();
      await judge(page, 'case');
      await entry.getByRole('button', { name: 'Find it at the bank' }).click();
      const form = entry.locator('form');
      await form.getByRole('button', { name: 'There is none' }).click();
      await form.getByText('Say where and how you looked').waitFor();
      await judge(page, 'form');
      const invoice = await eventually('the bank has it', async () => (await world.bank.invoices(asked.id))[0]);
      await form.locator('input').first().fill(invoice.bankPaymentId);
      await form.getByRole('button', { name: 'Found' }).click();
      await world.till.waitFor(asked.id, 'awaiting_confirmation');
      await expect.poll(() => entry.count()).toBe(0);
      await world.bank.act(invoice.bankPaymentId, 'confirm');
      await page.getByText(amount.replace('.', ',')).first().click();
      const dialog = page.locator('dialog[open]');
      // The verification was a read: the next one waits for half a minute.
      await dialog.getByText(/The bank can be asked in \d+ s/).waitFor();
      await judge(page, 'payment');
      await dialog.getByRole('button', { name: 'Ask the bank' }).click({ timeout: 40_000 });
      await dialog.getByText('The money has been received').waitFor();
      await judge(page, 'paid');
      await expectAgreement(world);
    },
    120_000,
  );
});
