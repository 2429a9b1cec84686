import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSilentLog, createSystemContext } from '@tolem/base';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAULT_KINDS } from '../faults/fault-kinds.ts';
import { type KaspiSim, startKaspiSim } from '../start-kaspi-sim.ts';
import { createPagesServer } from './pages-server.ts';

interface Operation {
  summary?: string;
  tags?: string[];
  parameters?: Array<{ name: string; in: string }>;
  requestBody?: { content: { 'application/json': { schema: Record<string, unknown> } } };
  responses: Record<string, { content?: object }>;
}

const dataDir = mkdtempSync(join(tmpdir(), 'kaspi-sim-openapi-'));
let sim: KaspiSim;
let document: { openapi: string; paths: Record<string, Record<string, Operation>> };
const routes: string[] = [];

beforeAll(async () => {
  const listen = '127.0.0.1:0';
  sim = await startKaspiSim(
    { dataDir, bank: { listen }, pages: { listen }, terminals: [{ id: 'front', listen }] },
    createSystemContext(createSilentLog()),
  );
  document = (await (await fetch(`${sim.pagesUrl}/control/openapi.json`)).json()) as typeof document;
  const server: FastifyInstance = await createPagesServer(sim.sim, (method, url) => routes.push(`${method} ${url}`));
  await server.close();
});
afterAll(async () => {
  await sim.stop();
  rmSync(dataDir, { recursive: true });
});

const operations = () =>
  Object.entries(document.paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]) => ({ key: `${verb.toUpperCase()} ${path}`, operation })),
  );

describe('the OpenAPI document of the control API', () => {
  it('names every route that is registered, and no other', () => {
    const registered = routes
      .filter((route) => route.includes(' /control/') && !route.startsWith('HEAD') && !route.endsWith('openapi.json'))
      .map((route) => route.replace(/:(\w+)/g, '{$1}'));
    expect(registered.length).toBeGreaterThan(30);
    expect(
      operations()
        .map(({ key }) => key)
        .sort(),
    ).toEqual(registered.sort());
  });

  it('says of each what it does, to whom it belongs, and what it answers', () => {
    for (const { key, operation } of operations()) {
      expect([key, operation.summary ?? '']).toEqual([key, expect.stringMatching(/^.{8,}$/)]);
      expect([key, operation.tags?.length]).toEqual([key, 1]);
      expect([key, operation.responses['200']?.content]).toEqual([key, { 'application/json': expect.anything() }]);
      const inPath = [...key.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect([key, operation.parameters?.filter((one) => one.in === 'path').map((one) => one.name) ?? []]).toEqual([
        key,
        inPath,
      ]);
    }
  });

  it('gives an example of every body, and the error of a wrong one', () => {
    const withBody = operations().filter(({ operation }) => operation.requestBody);
    expect(withBody.length).toBeGreaterThan(15);
    for (const { key, operation } of withBody) {
      const text = JSON.stringify(operation.requestBody);
      expect([key, /"examples?":/.test(text)]).toEqual([key, true]);
      expect([key, '400' in operation.responses]).toEqual([key, true]);
    }
  });

  it("holds every kind of fault, with the catalogue's words", () => {
    const text = JSON.stringify(document.paths['/control/faults']?.post?.requestBody);
    for (const kind of FAULT_KINDS) expect(text).toContain(`"${kind}"`);
    expect(text).toContain('The work is done, then the connection ends without an answer.');
  });
});

describe('a wrong request', () => {
  const ask = async (path: string, body?: string, contentType = 'application/json') => {
    const init = body === undefined ? {} : { method: 'POST', body, headers: { 'content-type': contentType } };
    const answer = await fetch(`${sim.pagesUrl}/control/${path}`, init);
    return [answer.status, (await answer.json()) as { code: string; detail: string }] as const;
  };
  const invalid = (about: string) => ({
    code: 'request_invalid',
    detail: expect.stringMatching(new RegExp(`${about}.*openapi\\.json`, 's')),
  });

  it.each([
    ['faults', '{"where":"bank","kind":"explode"}', 400, 'kind'],
    ['faults', '{"kind":"hang"}', 400, 'where'],
    ['faults', 'no json', 400, 'JSON'],
    ['faults', '[]', 400, ''],
    ['chaos', '{"rate":2}', 400, 'rate'],
    ['purchases/x/scan', '{}', 400, 'bankPaymentId'],
    ['settings', '{"partialRefunds":"no"}', 400, 'partialRefunds'],
    ['terminals/front/pay', '{"method":"cash"}', 400, 'method'],
    ['faults', `{"where":"${'x'.repeat(70_000)}"}`, 413, ''],
  ])('POST %s %s is answered %i', async (path, body, status, about) => {
    expect(await ask(path, body)).toEqual([status, invalid(about)]);
  });

  it.each(['https://evil.example', 'null', 'http://127.0.0.1:1'])('of a page of %s is refused', async (origin) => {
    const answer = await fetch(`${sim.pagesUrl}/control/reset`, { method: 'POST', headers: { origin } });
    expect([answer.status, await answer.json()]).toEqual([403, expect.objectContaining({ code: 'foreign_origin' })]);
    const own = await fetch(`${sim.pagesUrl}/control/reset`, { method: 'POST', headers: { origin: sim.pagesUrl } });
    expect(own.status).toBe(200);
  });

  it('of another media type, or to another address, is answered in words too', async () => {
    expect(await ask('faults', 'kind=hang', 'application/x-www-form-urlencoded')).toEqual([415, invalid('')]);
    expect(await ask('nonsense')).toEqual([
      404,
      { code: 'not_found', detail: expect.stringContaining('openapi.json') },
    ]);
    expect(await ask('terminals/side')).toEqual([
      404,
      expect.objectContaining({ detail: expect.stringContaining('front') }),
    ]);
  });
});
