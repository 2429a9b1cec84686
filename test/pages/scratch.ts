import { mkdirSync } from 'node:fs';
import { DESKTOP, launchBrowser, openPageTest, PHONE } from './browser.ts';

const out = '/tmp/agent-shots';
mkdirSync(out, { recursive: true });
const only = process.argv[2];
const browser = await launchBrowser();
for (const [sizeName, size] of [
  ['phone', PHONE],
  ['desk', DESKTOP],
] as const)
  for (const colorScheme of ['light', 'dark'] as const) {
    if (only && !`${sizeName}-${colorScheme}`.includes(only)) continue;
    const t = await openPageTest(browser, { size, colorScheme, language: 'ru' });
    const { core } = t.doors;
    const page = await t.openTill();
    const shot = async (name: string, p = page) => {
      await p.waitForTimeout(250);
      await p.screenshot({ path: `${out}/${sizeName}-${colorScheme}-${name}.png`, fullPage: true });
    };
    await page.waitForSelector('.pad');
    await shot('01-empty');
    await page.keyboard.type('1500');
    await shot('02-typed');
    const disp = await t.context.newPage();
    await disp.setViewportSize(sizeName === 'phone' ? { width: 768, height: 1024 } : { width: 1280, height: 720 });
    await disp.goto(`${t.origin}/display`);
    await shot('d0-idle', disp);
    await page.click('#way-qr');
    await page.waitForSelector('.scan');
    await page.waitForFunction(() => (document.querySelector('.code') as HTMLImageElement)?.complete);
    await shot('03-scan');
    await disp.waitForTimeout(300);
    await shot('d1-scan', disp);
    const id = core.payments.all()[0]!.paymentId;
    core.payments.scan(id);
    await shot('04-confirm');
    await shot('d2-confirm', disp);
    core.payments.pay(id);
    await shot('05-paid');
    await shot('d3-paid', disp);
    await page.click('#refund');
    await page.waitForSelector('dialog');
    await page.fill('#amount', '400,50');
    await shot('06-refund');
    await page.click('#dialog-submit');
    await page.waitForSelector('.going');
    await shot('07-refund-going');
    core.refunds.confirm(core.refunds.ofPayment(id)[0]!.refundId);
    await shot('08-refund-done');
    await page.click('#next');
    await page.waitForSelector('.pad');
    await page.keyboard.type('700');
    await page.click('#way-terminal-front');
    await page.waitForSelector('.confirming');
    await shot('09-terminal');
    await shot('d4-terminal', disp);
    const id2 = core.payments.all()[1]!.paymentId;
    core.payments.change(id2, { status: 'unknown', statusReason: 'start_answer_lost' });
    core.setTerminal('front', { state: 'unresolved', openOperation: { kind: 'payment', id: id2 } });
    await shot('10-unknown');
    await shot('d5-unknown', disp);
    await page.click('#was-paid');
    await page.waitForSelector('dialog');
    await shot('11-settle');
    await page.keyboard.press('Escape');
    await page.goto(`${t.origin}/#/equipment`);
    await shot('12-equipment');
    await page.goto(`${t.origin}/#/`);
    await page.waitForSelector('.pad');
    await page.keyboard.type('2500,50');
    core.setHubAway(true);
    await shot('13-hub-away-banner');
    core.setHubAway(false);
    core.setTerminal('front', { state: 'ready' });
    core.payments.change(id2, {
      status: 'failed',
      final: true,
      evidence: 'person',
      resolvedBy: 'Айгерим',
      resolvedReason: 'на терминале отмена',
    });
    await page.goto(`${t.origin}/#/payment/${id2}`);
    await shot('14-failed');
    await shot('d6-failed', disp);
    await page.goto(`${t.origin}/#/`);
    await page.waitForSelector('.pad');
    await page.waitForTimeout(200);
    await page.click('#way-qr');
    await page.waitForSelector('.scan');
    const id3 = core.payments.all()[2]!.paymentId;
    core.payments.change(id3, { statusReason: 'bank_unreachable' });
    await shot('15-bank-away');
    await page.click('#cancel');
    await page.waitForSelector('.result.ended');
    await shot('16-cancelled');
    core.payments.payLate(id3);
    await page.waitForSelector('.panel.late');
    await shot('17-late');
    await page.goto(`${t.origin}/#/history`);
    await page.waitForSelector('.rows');
    await shot('18-history');
    await page.goto(`${t.origin}/#/past/${id}`);
    await page.waitForSelector('.facts');
    await shot('19-past');
    core.setHubAway(true);
    await page.goto(`${t.origin}/#/`);
    await page.waitForSelector('.pad');
    await page.keyboard.type('10');
    await page.waitForTimeout(100);
    core.payments.setHubAway(true);
    core.setHubAway(false);
    core.payments.setHubAway(true);
    await page.waitForTimeout(100);
    await shot('20-debug');
    await page.click('#way-qr', { timeout: 3000 });
    await page.waitForSelector('[role=alert]');
    await shot('20-refused');
    const fresh = await browser.newContext({ viewport: size, colorScheme });
    const lp = await fresh.newPage();
    await lp.goto(t.origin);
    await shot('21-locked', lp);
    await fresh.close();
    console.log(sizeName, colorScheme, t.complaints);
    await t.close();
  }
await browser.close();
