import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVirtualClock } from '@tolem/base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCashierPins, removeCashierPin, setCashierPin } from '../tokens/cashier-pins.ts';
import { openPageSessions } from '../tokens/page-sessions.ts';
import { type DoorTest, newKey, openDoorTest } from './door-test.ts';

let test: DoorTest;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tolem-pages-'));
});
afterEach(async () => {
  await test.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = async (options: Parameters<typeof openDoorTest>[0] = {}) => {
  test = await openDoorTest(options);
  test.sessions.publish('http://localhost');
};
const visit = (path: string, cookie?: string) =>
  test.call({ path, token: null, ...(cookie === undefined ? {} : { headers: { cookie } }) });
const enter = async (path = '/') => {
  const { search } = new URL(test.sessions.link());
  const answer = await visit(`${path}${search}`);
  expect(answer.status).toBe(303);
  return { answer, cookie: String(answer.headers['set-cookie']).split(';')[0] ?? '' };
};
const pageCall = (path: string, cookie: string, body?: unknown, key?: string) =>
  test.call({
    path,
    token: null,
    headers: { cookie, 'sec-fetch-site': 'same-origin' },
    ...(body === undefined ? {} : { body }),
    ...(key === undefined ? {} : { key }),
  });

describe('coming in by the link', () => {
  it('turns the key into a strict cookie that scripts can’t read, and hides the key from the address', async () => {
    await open();
    const { answer, cookie } = await enter();
    expect(answer.headers.location).toBe('/');
    expect(String(answer.headers['set-cookie'])).toMatch(/HttpOnly; SameSite=Strict/);
    const page = await visit('/', cookie);
    expect(page.status).toBe(200);
    expect(page.text).toContain('/pages/till.js');
  });

  it('takes a key once, and the file holds the next one, for its owner alone', async () => {
    await open();
    const file = join(test.dataDir, 'till-link');
    const before = readFileSync(file, 'utf8').trim();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await enter();
    const used = await visit(before.replace('http://localhost', ''));
    expect(used.headers['set-cookie']).toBeUndefined();
    expect(readFileSync(file, 'utf8').trim()).not.toBe(before);
  });

  it('shows a closed page without a cookie, with a wrong one, and with a wrong key', async () => {
    await open();
    for (const answer of [await visit('/'), await visit('/', 'tolem_page=nonsense'), await visit('/display')]) {
      expect(answer.status).toBe(401);
      expect(answer.text).toContain('tolem-agent link');
    }
    expect((await visit('/?key=wrong-wrong-wrong-wrong')).headers['set-cookie']).toBeUndefined();
  });

  it('remembers the browser over a restart, and forgets one that was not used for a month', async () => {
    await open();
    const { cookie } = await enter();
    const secret = cookie.split('=')[1] ?? '';
    expect(openPageSessions(test.dataDir, test.context).find(secret)?.kind).toBe('till');
    await test.clock.advance(31 * 24 * 3_600_000);
    expect((await visit('/', cookie)).status).toBe(401);
  });

  it('lets a display only display, and never takes the till’s cookie away', async () => {
    await open();
    const display = await enter('/display');
    expect((await visit('/display', display.cookie)).status).toBe(200);
    expect((await visit('/', display.cookie)).status).toBe(401);
    const asked = await pageCall('/v1/payments', display.cookie, { method: 'qr', amount: '1.00' }, newKey());
    expect(asked.body.code).toBe('scope_missing');
    const till = await enter();
    const { search } = new URL(test.sessions.link());
    const both = await visit(`/display${search}`, till.cookie);
    expect(both.headers['set-cookie']).toBeUndefined();
    expect((await visit('/display', till.cookie)).status).toBe(200);
  });

  it('serves pages that ask nobody else and run no foreign script', async () => {
    await open();
    const { cookie } = await enter();
    const { headers } = await visit('/', cookie);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|https:/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
  });

  it('serves only the files of the pages', async () => {
    await open();
    expect((await visit('/pages/till.js')).headers['content-type']).toContain('text/javascript');
    for (const path of ['/pages/../main.ts', '/pages/..%2fmain.ts', '/pages/biome.json', '/pages/', '/pages/none.js']) {
      expect((await visit(path)).status, path).toBe(404);
    }
  });

  it('answers unchanged files with 304', async () => {
    await open();
    const { etag } = (await visit('/pages/till.js')).headers;
    const again = await test.call({ path: '/pages/till.js', token: null, headers: { 'if-none-match': String(etag) } });
    expect(again.status).toBe(304);
  });
});

describe('what the till page may do', () => {
  it('pays under one name for idempotency, whichever browser it was', async () => {
    await open();
    const [first, second] = [await enter(), await enter()];
    const key = newKey();
    const body = { method: 'qr', amount: '10.00' };
    expect((await pageCall('/v1/payments', first.cookie, body, key)).status).toBe(201);
    expect((await pageCall('/v1/payments', second.cookie, body, key)).body.repeated).toBe(true);
  });

  it('neither refunds nor settles where no cashier has a PIN', async () => {
    await open();
    const { cookie } = await enter();
    const { id } = (await pageCall('/v1/payments', cookie, { method: 'qr', amount: '10.00' }, newKey())).body;
    test.core.payments.pay(id);
    const refund = await pageCall(`/v1/payments/${id}/refunds`, cookie, { reason: 'x' }, newKey());
    expect(refund.body).toMatchObject({ status: 403, code: 'pin_needed', money: 'none' });
    const settle = { outcome: 'paid', by: 'x', reason: 'y' };
    expect((await pageCall(`/v1/payments/${id}/resolve`, cookie, settle)).body.code).toBe('pin_needed');
    expect((await pageCall('/v1/terminals/front/release', cookie, { by: 'x', reason: 'y' })).body.code).toBe(
      'pin_needed',
    );
    expect((await pageCall('/page/state', cookie)).body.cashiers).toEqual([]);
  });

  it('refunds only after a cashier’s PIN where they are configured, under the cashier’s name, for two minutes', async () => {
    const file = join(folder, 'cashiers.json');
    await setCashierPin(file, { name: 'Aigerim', scopes: ['refund'], pin: '4711' });
    const clock = createVirtualClock();
    await open({ pins: createCashierPins(() => file, clock) });
    const { cookie } = await enter();
    const { id } = (await pageCall('/v1/payments', cookie, { method: 'qr', amount: '10.00' }, newKey())).body;
    test.core.payments.pay(id);
    const refund = () => pageCall(`/v1/payments/${id}/refunds`, cookie, { reason: 'x', amount: '1.00' }, newKey());
    expect((await refund()).body).toMatchObject({ status: 403, code: 'pin_needed', money: 'none' });
    expect((await pageCall('/page/unlock', cookie, { cashier: 'Aigerim', pin: '0000' })).body.code).toBe('pin_wrong');
    expect((await pageCall('/page/unlock', cookie, { cashier: 'Nobody', pin: '4711' })).body.code).toBe('pin_wrong');
    expect((await pageCall('/page/unlock', cookie, { cashier: 'Aigerim', pin: '4711' })).status).toBe(200);
    expect((await refund()).body.actor).toBe('till page: Aigerim');
    const settle = { outcome: 'paid', by: 'x', reason: 'y' };
    expect((await pageCall(`/v1/payments/${id}/resolve`, cookie, settle)).body.code).toBe('pin_needed');
    await test.clock.advance(121_000);
    expect((await refund()).body.code).toBe('pin_needed');
  });

  it('answers a repeated refund without the PIN, which may have lapsed since its answer was lost', async () => {
    const file = join(folder, 'cashiers.json');
    await setCashierPin(file, { name: 'Aigerim', scopes: ['refund'], pin: '4711' });
    await open({ pins: createCashierPins(() => file, createVirtualClock()) });
    const { cookie } = await enter();
    const { id } = (await pageCall('/v1/payments', cookie, { method: 'qr', amount: '900.00' }, newKey())).body;
    test.core.payments.pay(id);
    const [once, other] = [newKey(), newKey()];
    const refund = (key: string) =>
      pageCall(`/v1/payments/${id}/refunds`, cookie, { reason: 'x', amount: '1.00' }, key);
    await pageCall('/page/unlock', cookie, { cashier: 'Aigerim', pin: '4711' });
    const made = await refund(once);
    expect(made.status).toBe(201);
    await test.clock.advance(121_000);
    expect(await refund(once)).toMatchObject({ status: 200, body: { id: made.body.id, repeated: true } });
    expect((await refund(other)).body.code).toBe('pin_needed');
    expect(test.core.refunds.ofPayment(id)).toHaveLength(1);
  });

  it('knows a dismissed cashier no more, also on the page that they have just unlocked', async () => {
    const file = join(folder, 'cashiers.json');
    await setCashierPin(file, { name: 'Aigerim', scopes: ['refund'], pin: '4711' });
    await open({ pins: createCashierPins(() => file, createVirtualClock()) });
    const { cookie } = await enter();
    const { id } = (await pageCall('/v1/payments', cookie, { method: 'qr', amount: '900.00' }, newKey())).body;
    test.core.payments.pay(id);
    await pageCall('/page/unlock', cookie, { cashier: 'Aigerim', pin: '4711' });
    expect(removeCashierPin(file, 'Aigerim')).toBe(true);
    const refund = await pageCall(`/v1/payments/${id}/refunds`, cookie, { reason: 'x', amount: '1.00' }, newKey());
    expect(refund.body).toMatchObject({ status: 403, code: 'pin_needed', money: 'none' });
  });

  it('locks a PIN after five wrong ones, for longer each time', async () => {
    const file = join(folder, 'cashiers.json');
    await setCashierPin(file, { name: 'Aigerim', scopes: ['refund'], pin: '4711' });
    const clock = createVirtualClock();
    const pins = createCashierPins(() => file, clock);
    await open({ pins });
    for (let n = 0; n < 4; n++) expect((await pins.check('Aigerim', '0000')).kind).toBe('wrong');
    expect(await pins.check('Aigerim', '0000')).toEqual({ kind: 'locked', retryAfterMs: 60_000 });
    expect((await pins.check('Aigerim', '4711')).kind).toBe('locked');
    await clock.advance(60_001);
    for (let n = 0; n < 5; n++) await pins.check('Aigerim', '0000');
    expect(await pins.check('Aigerim', '4711')).toEqual({ kind: 'locked', retryAfterMs: 120_000 });
    await clock.advance(120_001);
    expect((await pins.check('Aigerim', '4711')).kind).toBe('right');
  });

  it('gives its state and feeds to the till page alone', async () => {
    await open();
    const { cookie } = await enter();
    const state = await pageCall('/page/state', cookie);
    expect(state.body).toMatchObject({ identity: { storeName: 'Магазин 1' }, open: [], terminals: [{ id: 'front' }] });
    for (const path of ['/page/state', '/page/feed', '/page/display']) {
      expect((await test.call({ path })).body.code, path).toBe('scope_missing');
    }
  });
});
