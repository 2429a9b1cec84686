import { createSilentLog, createSystemContext } from '@tolem/base';
import { type DoorTest, openDoorTest } from '@tolem/edge-agent/door-test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { DESKTOP, launchBrowser, PHONE } from '../support/launch-browser.ts';

export { DESKTOP, launchBrowser, PHONE };

/** The agent's pages in a browser, with the fake core behind them. */
export interface PageTest {
  doors: DoorTest;
  origin: string;
  /** What the pages complained about: errors, refused resources, foreign hosts. */
  complaints: string[];
  context: BrowserContext;
  /** Opens the till by its link. */
  openTill(): Promise<Page>;
  close(): Promise<void>;
}

type Pins = NonNullable<NonNullable<Parameters<typeof openDoorTest>[0]>['pins']>;
/** Two cashiers with the same PIN, who may do everything. */
const CASHIERS: Pins = {
  names: () => ['Aigerim', 'Berik'],
  check: async (name, pin) =>
    pin === '4711' ? { kind: 'right', name, scopes: ['refund', 'settle'] } : { kind: 'wrong', attemptsLeft: 4 },
};
export const NO_CASHIERS: Pins = { names: () => [], check: async () => ({ kind: 'wrong', attemptsLeft: 0 }) };

export interface PageTestOptions {
  size?: { width: number; height: number };
  colorScheme?: 'light' | 'dark';
  language?: 'ru' | 'kk' | 'en';
  /** Aigerim and Berik with PIN 4711 unless told. */
  pins?: Pins;
}

export async function openPageTest(browser: Browser, options: PageTestOptions = {}): Promise<PageTest> {
  const context = createSystemContext(createSilentLog());
  const doors = await openDoorTest({ context, pins: options.pins ?? CASHIERS });
  const { port } = await doors.api.listen({ host: '127.0.0.1', port: 0 });
  const origin = `http://127.0.0.1:${port}`;
  doors.sessions.publish(origin);
  const browserContext = await browser.newContext({
    viewport: options.size ?? DESKTOP,
    colorScheme: options.colorScheme ?? 'light',
  });
  const complaints: string[] = [];
  browserContext.on('weberror', (error) => complaints.push(String(error.error())));
  browserContext.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  browserContext.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:'))
      complaints.push(`asked ${request.url()}`);
  });
  if (options.language) {
    await browserContext.addInitScript(
      (language) => location.protocol === 'http:' && localStorage.setItem('tolem.language', language),
      options.language,
    );
  }
  return {
    doors,
    origin,
    complaints,
    context: browserContext,
    async openTill() {
      const page = await browserContext.newPage();
      await page.goto(doors.sessions.link());
      return page;
    },
    async close() {
      await browserContext.close();
      await doors.close();
    },
  };
}
