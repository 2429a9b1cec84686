import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Browser, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../support/launch-browser.ts';
import { needsChromium } from '../support/needs.ts';

const PAGES = join(import.meta.dirname, '../../apps/hub/src/pages');
const HUB = 'http://hub.test/';
const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
const AT = '2026-01-15T06:00:00.000Z';

const common = {
  source: 'hub',
  agentId: 'till-1',
  deviceId: 'till-1',
  organizationBin: '180340021791',
  tradePointId: '1',
  method: 'qr',
  amount: '501.00',
  currency: 'KZT',
  version: 1,
  createdAt: AT,
  updatedAt: AT,
  amountPaid: '501.00',
  refundedAmount: '0.00',
  refunds: [],
  timeline: [],
};
const paid = { ...common, id: 'paid-1', status: 'paid', final: true, refundableAmount: '501.00' };
const late = {
  ...common,
  id: 'late-1',
  status: 'expired',
  final: false,
  refundableAmount: '0.00',
  late: { amount: '501.00', claimUntil: AT, outcome: 'case' },
};
const atTerminal = { agentId: 'till-1', source: 'edge', actor: 'person:Aida', reason: 'x', createdAt: AT };
/** One refund of the bank's whose outcome is unknown, and one that a terminal is performing. */
const doubtful = {
  ...paid,
  id: 'doubtful-1',
  amount: '502.00',
  refunds: [
    { ...atTerminal, id: 'r1', source: 'hub', amount: '10.00', status: 'unknown' },
    { ...atTerminal, id: 'r2', amount: '20.00', status: 'sent' },
  ],
};
const confirming = { ...common, id: 'confirming-1', status: 'awaiting_confirmation', final: false, method: 'terminal' };
const lateCase = { id: 'c1', kind: 'late_money', paymentId: late.id, amount: '501.00', detail: {}, openedAt: AT };

/** The page's own files, and a hub behind it that answers only what the page asks. */
function answer(route: Route, offer: object): Promise<void> {
  const { pathname } = new URL(route.request().url());
  const api: Record<string, object> = {
    '/api/v1/session': { name: 'Aida' },
    '/api/v1/offer': offer,
    '/api/v1/agents': { agents: [] },
    '/api/v1/cases': { cases: [lateCase] },
    '/api/v1/payments': { payments: [paid, late, doubtful, confirming] },
    '/api/v1/payments/paid-1': paid,
    '/api/v1/payments/late-1': late,
    '/api/v1/payments/doubtful-1': doubtful,
    '/api/v1/recovery': { recovering: false },
    '/api/v1/webhooks': { webhooks: [] },
  };
  // The page reads everything at a reset; no other news, and no hurry to ask again.
  if (pathname === '/api/v1/stream')
    return route.fulfill({ body: 'retry: 100000\nevent: reset\ndata: {}\n\n', contentType: 'text/event-stream' });
  const json = api[pathname];
  if (json) return route.fulfill({ json });
  const file = join(PAGES, pathname === '/' ? 'index.html' : pathname);
  if (!existsSync(file)) return route.fulfill({ status: 404, body: '' });
  return route.fulfill({ body: readFileSync(file), contentType: TYPES[extname(file)] ?? 'image/svg+xml' });
}

/** What the bank's scheme lets headquarters do stands on its page, before anybody tries. */
describe.skipIf(!needsChromium())('refunds on the page of headquarters', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  async function openPage(scheme: 1 | 2 | 3, refunds: string): Promise<Page> {
    const context = await browser.newContext({ locale: 'en-GB' });
    const page = await context.newPage();
    await page.route(`${HUB}**`, (route) => answer(route, { scheme, methods: ['qr', 'link'], refunds }));
    await page.goto(HUB);
    return page;
  }
  const sheetOf = async (page: Page, status: string): Promise<string> => {
    const sheet = page.locator('dialog[open]');
    await sheet.getByRole('heading', { name: 'Refunds' }).waitFor();
    const text = (await sheet.textContent()) ?? '';
    expect(text).toContain(status);
    expect(text).not.toMatch(/undefined|null/);
    return text;
  };
  const openLate = async (page: Page) => {
    await page.getByRole('button', { name: 'Open the payment' }).click();
    const text = await sheetOf(page, 'Expired');
    await page.keyboard.press('Escape');
    return text;
  };
  const openPaid = async (page: Page) => {
    await page.locator('.badge', { hasText: 'Paid' }).first().click();
    return sheetOf(page, 'The money has been received');
  };
  const refundButtons = (page: Page) =>
    page.locator('dialog[open]').getByRole('button', { name: 'Refund', exact: true }).count();

  it.each([
    [1, 'none', 'Kaspi Pay app'],
    [2, 'with_customer', 'Refunds need the customer at the till'],
  ] as const)('scheme %i: no button, but where the money goes back; late money is held', async (scheme, way, said) => {
    const page = await openPage(scheme, way);
    await page.locator('.case').waitFor();
    expect(await page.locator('.case').textContent()).toContain(said);
    const ofLate = await openLate(page);
    expect(ofLate).toContain(said);
    expect(ofLate).toContain('the money is held for you');
    expect(ofLate).not.toContain('goes back by itself');
    expect(await openPaid(page)).toContain(said);
    expect(await refundButtons(page)).toBe(0);
  });

  it('scheme 3: refunded here, as ever', async () => {
    const page = await openPage(3, 'without_customer');
    expect(await openLate(page)).toContain('goes back by itself');
    expect(await openPaid(page)).not.toContain('Kaspi Pay app');
    expect(await refundButtons(page)).toBe(1);
  });

  it('an unknown refund: Enter decides nothing, only a button that says how it ended', async () => {
    const page = await openPage(3, 'without_customer');
    const settled: unknown[] = [];
    await page.route('**/refunds/r1/settle', (route) => {
      settled.push(route.request().postDataJSON());
      return route.fulfill({ json: {} });
    });
    await page.locator('.row', { hasText: '502,00' }).click();
    const sheet = page.locator('dialog[open]');
    await sheet.getByText('Sent to the terminal').waitFor();
    await sheet.locator('.refund input').fill('looked at Kaspi Pay');
    await page.keyboard.press('Enter');
    await sheet.getByRole('button', { name: 'The money did not go back' }).click();
    await expect.poll(() => settled).toEqual([{ outcome: 'declined', reason: 'looked at Kaspi Pay' }]);
  });

  it.each([
    ['no answer', (route: Route) => route.abort()],
    ['an answer that is not the hub’s', (route: Route) => route.fulfill({ status: 502, body: '<html>' })],
  ])('with %s says so, and that a refund may have begun', async (_what, answerWith) => {
    const page = await openPage(3, 'without_customer');
    await page.locator('.row').first().click();
    const sheet = page.locator('dialog[open]');
    await sheet.getByRole('button', { name: 'Refund', exact: true }).click();
    for (const [n, typed] of ['501', 'x', '501'].entries()) await sheet.locator('form input').nth(n).fill(typed);
    await page.route('**/payments/**', answerWith);
    await sheet.getByRole('button', { name: 'Refund 501' }).click();
    await sheet.getByText('The refund may have begun').waitFor();
    await sheet.getByRole('button', { name: 'Close' }).click();
    await page.locator('.row').nth(1).click();
    await page.locator('#notice').getByText('The hub did not answer').waitFor();
  });

  it('fits 320 pixels, and nothing lies over the time and the way of paying', async () => {
    const page = await openPage(3, 'without_customer');
    await page.setViewportSize({ width: 320, height: 640 });
    await page.locator('.row').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
    const boxes = await page.locator('.row').evaluateAll((rows) =>
      rows.map((row) => {
        const how = row.querySelector('.how')?.getBoundingClientRect();
        const badge = row.querySelector('.badge')?.getBoundingClientRect();
        return how && badge ? badge.top >= how.bottom || badge.left >= how.right : false;
      }),
    );
    expect(boxes).toEqual([true, true, true, true]);
  });
});
