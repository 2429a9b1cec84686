import { expect, it } from 'vitest';
import { appLayers } from './app-layers.ts';
import { createSourceFile } from './source-file.ts';

const messages = (path: string, text: string) =>
  appLayers([createSourceFile(path, text)]).map((finding) => finding.message);

it('lets main know everything, adapters the domain, and the domain itself', () => {
  expect(messages('apps/hub/src/main.ts', "import './database/pool.ts';\nimport './payment/service.ts';")).toEqual([]);
  expect(messages('apps/hub/src/database/a.ts', "import '../payment/payment.ts';\nimport 'pg';")).toEqual([]);
  expect(
    messages('apps/hub/src/payment/a.ts', "import '../refund/b.ts';\nimport { Money } from '@tolem/base';"),
  ).toEqual([]);
});

it('refuses the domain an adapter, a library and input or output', () => {
  expect(messages('apps/hub/src/payment/a.ts', "import '../database/pool.ts';")).toEqual([
    'the domain must not know the adapter apps/hub/src/database/pool.ts: use a port',
  ]);
  expect(messages('apps/hub/src/payment/a.ts', "import { x } from 'pg';")).toHaveLength(1);
  expect(messages('apps/hub/src/payment/a.ts', "import { readFile } from 'node:fs/promises';")).toHaveLength(1);
  expect(messages('apps/edge-agent/src/sale/a.ts', "import { x } from 'mqtt';")).toHaveLength(1);
});

it('refuses everybody the file that wires the app', () => {
  expect(messages('apps/hub/src/http/a.ts', "import '../main.ts';")).toEqual([
    'apps/hub/src/main.ts wires the app: nothing else imports it',
  ]);
});

it('leaves tests what they need', () => {
  expect(messages('apps/hub/src/payment/a.test.ts', "import '../database/pool.ts';")).toEqual([]);
});

it("lets a port's compliance suite lie beside the port", () => {
  expect(messages('apps/hub/src/store/store-compliance.ts', "import { it } from 'vitest';")).toEqual([]);
  expect(messages('apps/hub/src/store/compliance/cases.ts', "import { it } from 'vitest';")).toEqual([]);
  expect(messages('apps/hub/src/store/store.ts', "import { it } from 'vitest';")).toHaveLength(1);
});
