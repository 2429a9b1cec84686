import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { createSilentLog, createSystemContext } from '@tolem/base';
import { createControlClient, type KaspiSim, startKaspiSim } from '@tolem/kaspi-sim';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DESKTOP, launchBrowser, PHONE } from '../support/launch-browser.ts';
import { needsChromium } from '../support/needs.ts';

const listen = '127.0.0.1:0';
const LOOKS = [
  { colorScheme: 'light', viewport: DESKTOP },
  { colorScheme: 'dark', viewport: PHONE },
] as const;

describe.skipIf(!needsChromium())("the simulator's pages", () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'kaspi-sim-pages-'));
  let browser: Browser;
  let sim: KaspiSim;
  beforeAll(async () => {
    browser = await launchBrowser();
    const terminals = [{ id: 'front', listen }];
    const bank = { listen, listeners: [{ scheme: 1 as const, listen }] };
    const config = { dataDir, bank, pages: { listen }, terminals };
    sim = await startKaspiSim(config, createSystemContext(createSilentLog()));
  });
  afterAll(async () => {
    await browser?.close();
    await sim?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** Runs `work` on a fresh page and expects that nothing complained. */
  const onPage = async (path: string, look: (typeof LOOKS)[number], work: (page: Page) => Promise<void>) => {
    const context = await browser.newContext(look);
    const complaints: string[] = [];
    context.on('weberror', (error) => complaints.push(String(error.error())));
    context.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    const page = await context.newPage();
    try {
      await page.goto(sim.pagesUrl + path);
      await work(page);
      const sideways = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(sideways).toBeLessThanOrEqual(0);
      await page.emulateMedia({ reducedMotion: 'reduce' });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)).toEqual([]);
      expect(complaints).toEqual([]);
    } finally {
      await context.close();
    }
  };

  it.each(LOOKS)(
    'the index has every address, and orders from the catalogue: %o',
    { timeout: 60_000 },
    async (look) => {
      await onPage('/', look, async (page) => {
        for (const text of [sim.bankUrls[1], sim.bankUrls[3], sim.apiKey, sim.pki.dir, sim.terminals.front]) {
          await page
            .getByText(text ?? 'missing', { exact: false })
            .first()
            .waitFor();
        }
        await page.getByText('Весь каталог').click();
        await page.locator('#catalogue dt', { hasText: 'garbage' }).getByRole('button').click();
        await page.getByText('terminal status: garbage').waitFor();
        const control = createControlClient(sim.pagesUrl);
        expect(await control.faults()).toMatchObject([{ kind: 'garbage', times: 2 }]);
        await control.clearFaults();
      });
    },
  );

  it.each(LOOKS)('a refund code is scanned by the owner of the phone: %o', { timeout: 60_000 }, async (look) => {
    const { state } = sim.sim.bank;
    const device = {
      type: 'device' as const,
      organizationBin: '180340021791',
      deviceId: 'till',
      tradePointId: '1',
      token: 'token',
      isNumber: false,
      isActive: true,
    };
    state.saveDevice(device);
    const caller = { scheme: 2 as const, organizationBin: device.organizationBin };
    const body = JSON.stringify({ DeviceToken: device.token });
    sim.sim.bank.handle({ caller, verb: 'POST', version: 'v01', path: 'return/create', query: {}, body });
    await onPage('/phone?customer=aigul', look, async (page) => {
      await page.getByText('aigul').first().waitFor();
      await page
        .getByRole('button', { name: /Возврат/ })
        .first()
        .click();
      await page.getByText('Продавец видит ваши покупки').waitFor();
      const [newest] = await createControlClient(sim.pagesUrl).refundCodes();
      expect(newest).toMatchObject({ phase: 'identified', customer: 'aigul' });
    });
  });
});
