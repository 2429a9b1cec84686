import { AxeBuilder } from '@axe-core/playwright';
import { Money } from '@tolem/base';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needsChromium } from '../support/needs.ts';
import { DESKTOP, launchBrowser, openPageTest, type PageTest, PHONE } from './browser.ts';

const LOOKS = [
  { colorScheme: 'light', size: DESKTOP, language: 'ru' },
  { colorScheme: 'dark', size: PHONE, language: 'kk' },
] as const;
/** Some twenty states, each judged by every rule: minutes on a busy machine. */
const WALK_MS = 180_000;

describe.skipIf(!needsChromium())('the pages for everybody (axe, both themes, phone and desktop)', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  const expectNoViolation = async (page: Page, where: string) => {
    // Colours are judged at rest, not in the middle of a transition.
    await page.emulateMedia({ reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
    expect(found, where).toEqual([]);
  };

  it.each(LOOKS)('the till in every state: %o', { timeout: WALK_MS }, async (look) => {
    const test = await openPageTest(browser, look);
    try {
      await walkTill(test, await test.openTill(), expectNoViolation);
      expect(test.complaints).toEqual([]);
    } finally {
      await test.close();
    }
  });

  it.each(LOOKS)(
    'a refund with the customer, at the till and on the display: %o',
    { timeout: WALK_MS },
    async (look) => {
      const test = await openPageTest(browser, look);
      try {
        await walkRefunding(test, await test.openTill(), expectNoViolation);
        expect(test.complaints).toEqual([]);
      } finally {
        await test.close();
      }
    },
  );

  it.each(LOOKS)('an invoice: %o', { timeout: WALK_MS }, async (look) => {
    const test = await openPageTest(browser, look);
    try {
      await walkInvoice(test, await test.openTill(), expectNoViolation);
      // Chromium itself notes that a number of nobody was refused.
      expect(test.complaints.filter((one) => !one.includes('422'))).toEqual([]);
    } finally {
      await test.close();
    }
  });

  it.each(LOOKS)('display and locked page: %o', { timeout: WALK_MS }, async (look) => {
    const test = await openPageTest(browser, look);
    const { payments } = test.doors.core;
    try {
      const page = await test.openTill();
      await page.locator('.pad').waitFor();
      const display = await test.context.newPage();
      await display.goto(`${test.origin}/display`);
      await display.getByText('Қош келдіңіз').waitFor();
      await expectNoViolation(display, 'idle');
      await page.keyboard.type('900');
      await page.click('#way-qr');
      await display.locator('.code').waitFor();
      await expectNoViolation(display, 'scan');
      const id = payments.all().at(-1)?.paymentId ?? '';
      payments.scan(id);
      await display.getByText('Подтвердите').waitFor();
      await expectNoViolation(display, 'confirm');
      for (const status of ['failed', 'expired', 'cancelled', 'unknown', 'paid'] as const) {
        payments.change(id, { status });
        await display.locator(`.on-${status === 'unknown' ? 'ask_cashier' : status}`).waitFor();
        await expectNoViolation(display, status);
      }
      await test.context.clearCookies();
      await display.goto(test.origin);
      await expectNoViolation(display, 'locked');
    } finally {
      await test.close();
    }
  });
});

type Judge = (page: Page, where: string) => Promise<void>;

async function walkRefunding(test: PageTest, page: Page, judge: Judge): Promise<void> {
  const { core } = test.doors;
  core.setScheme(2);
  await page.locator('#begin-refund').waitFor();
  await judge(page, 'pad under scheme 2');
  await page.keyboard.type('1500');
  await page.click('#way-qr');
  await page.locator('.scan').waitFor();
  core.payments.pay(core.payments.all().at(-1)?.paymentId ?? '');
  await page.locator('#refund').waitFor();
  await judge(page, 'paid under scheme 2');
  const display = await test.context.newPage();
  await display.goto(`${test.origin}/display`);
  await page.bringToFront();
  await page.click('#refund');
  await page.locator('.refund-code').waitFor();
  await judge(page, 'refund code');
  await display.locator('.on-refund_scan .code').waitFor();
  await judge(display, 'refund code on the display');
  const elsewhere = { amount: Money.parse('250.00'), atMs: 1_760_000_000_000, refundable: false } as const;
  core.refundSessions.elsewhere.push({ bankPaymentId: '77', ...elsewhere, reason: 'not_of_this_till' });
  const { refundSessionId } = core.refundSessions.all().at(-1) ?? { refundSessionId: '' };
  core.refundSessions.scan(refundSessionId);
  await page.locator('#purchase-0').waitFor();
  await judge(page, 'purchases');
  await display.locator('.on-refund_known').waitFor();
  await judge(display, 'customer known on the display');
  await page.click('#purchase-0');
  await page.locator('dialog').waitFor();
  await judge(page, 'how much of the purchase');
  await page.keyboard.press('Escape');
  core.refundSessions.expire(refundSessionId);
  await page.locator('#new-code').waitFor();
  await judge(page, 'code over');
  core.setScheme(1);
  await page.goBack();
  await page.locator('#refund-elsewhere').waitFor();
  await judge(page, 'scheme 1');
}

async function walkInvoice(test: PageTest, page: Page, judge: Judge): Promise<void> {
  const { payments } = test.doors.core;
  const shoot = async (where: string) => {
    await judge(page, where);
    const folder = process.env.TOLEM_SHOTS;
    const { width } = page.viewportSize() ?? { width: 0 };
    if (folder) await page.screenshot({ path: `${folder}/${where}-${width}.png`, fullPage: true });
  };
  await page.locator('.pad').waitFor();
  await page.keyboard.type('1500');
  await shoot('pad');
  await page.click('#way-invoice');
  await page.locator('#phone').waitFor();
  await shoot('phone');
  await page.locator('#phone').pressSequentially('7070000404');
  await page.click('#dialog-submit');
  await page.locator('dialog .note.bad').waitFor();
  await shoot('nobody');
  await page.locator('#phone').fill('+77071234567');
  await page.click('#dialog-submit');
  await page.locator('.note.payer').waitFor();
  await shoot('name');
  await page.click('#dialog-submit');
  await page.locator('#refresh').waitFor();
  await shoot('sent');
  const id = payments.all().at(-1)?.paymentId ?? '';
  await page.click('#refresh');
  await page.locator('#refresh .wait:not([hidden])').waitFor();
  await shoot('asked');
  payments.change(id, { status: 'unknown', statusReason: 'invoice_unanswered' });
  await page.locator('.unknown').waitFor();
  await shoot('unanswered');
  payments.change(id, { status: 'cancelled', statusReason: 'cancel_unconfirmed' });
  await page.locator('.result.ended').waitFor();
  await shoot('cancel-unconfirmed');
  payments.change(id, { status: 'failed', statusReason: 'payer_not_found', final: true });
  await page.locator('.result.failed').waitFor();
  await shoot('failed');
}

async function walkTill(
  test: PageTest,
  page: Page,
  judge: (page: Page, where: string) => Promise<void>,
): Promise<void> {
  const { core } = test.doors;
  const newest = () => core.payments.all().at(-1)?.paymentId ?? '';
  await page.locator('.pad').waitFor();
  await judge(page, 'empty pad');
  await page.keyboard.type('1500');
  await page.click('#way-qr');
  await page.locator('.scan').waitFor();
  await judge(page, 'scan');
  const id = newest();
  core.payments.change(id, { statusReason: 'bank_unreachable' });
  await page.locator('.note.warn').waitFor();
  await judge(page, 'bank unreachable');
  core.payments.scan(id);
  await page.locator('.confirming').waitFor();
  await judge(page, 'confirming');
  core.payments.pay(id);
  await page.locator('.result.paid').waitFor();
  await judge(page, 'paid');
  await page.click('#refund');
  await page.locator('dialog').waitFor();
  await judge(page, 'refund dialog');
  await page.fill('#amount', '100');
  await page.fill('#pin', '4711');
  await page.click('#dialog-submit');
  await page.locator('.going').waitFor();
  await judge(page, 'refund going');
  const refundId = core.refunds.ofPayment(id)[0]?.refundId ?? '';
  core.refunds.change(refundId, { status: 'unknown' });
  await page.locator('.note.warn').waitFor();
  await judge(page, 'refund unknown');
  core.refunds.confirm(refundId);
  await page.click('#next');
  await page.locator('.pad').waitFor();
  await page.keyboard.type('900');
  await page.click('#way-link');
  await page.locator('#link').waitFor();
  await judge(page, 'link');
  await page.click('#cancel');
  await page.locator('.result.ended').waitFor();
  await page.click('#next');
  await page.locator('.pad').waitFor();
  await page.keyboard.type('700');
  await page.click('#way-terminal-front');
  await page.locator('.confirming').waitFor();
  await judge(page, 'terminal');
  core.payments.change(newest(), { status: 'unknown', statusReason: 'start_answer_lost' });
  core.setTerminal('front', { state: 'unresolved' });
  await page.locator('.unknown').waitFor();
  await judge(page, 'unknown');
  await page.click('#was-paid');
  await page.locator('dialog').waitFor();
  await judge(page, 'settle dialog');
  await page.keyboard.press('Escape');
  core.payments.change(id, {
    late: {
      amount: core.payments.get(id).amount,
      claimable: true,
      claimUntilMs: test.doors.context.clock.nowMs() + 50_000,
    },
    status: 'expired',
  });
  core.setHubAway(true);
  await page.goto(`${test.origin}/#/`);
  await page.locator('.banner.late').waitFor();
  await judge(page, 'banners');
  await page.goto(`${test.origin}/#/payment/${id}`);
  await page.locator('.panel.late').waitFor();
  await judge(page, 'late');
  await page.click('#decline-late');
  await page.locator('.result.ended').waitFor();
  await judge(page, 'late, not taken');
  await page.goto(`${test.origin}/#/history`);
  await page.locator('.rows').waitFor();
  await judge(page, 'history');
  await page.locator('.rows a').first().click();
  await page.locator('.facts').waitFor();
  await judge(page, 'an old payment');
  await page.goto(`${test.origin}/#/equipment`);
  await page.locator('.layers').waitFor();
  await judge(page, 'equipment');
}
