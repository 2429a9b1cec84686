import { timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ids } from '@tolem/base';
import { SimError } from '../sim-error.ts';

/**
 * Scheme 1's key: `test_` and a GUID, as the bank gives it for a start [QR 3.9 §1.3.1]. Made once and kept in
 * `dataDir/api-key`, unless the configuration names one, which is written there too. Throws `data_unusable`.
 */
export function openApiKey(dataDir: string, ids: Ids, configured?: string): string {
  const file = join(dataDir, 'api-key');
  try {
    mkdirSync(dataDir, { recursive: true });
    const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
    const apiKey = configured ?? (kept || `test_${ids.uuid()}`);
    if (apiKey !== kept) writeFileSync(file, `${apiKey}\n`, { mode: 0o600 });
    return apiKey;
  } catch (cause) {
    throw new SimError('data_unusable', `the simulator's Api-Key ${file} can't be used: ${String(cause)}`, { cause });
  }
}

export function isApiKey(given: string, apiKey: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(apiKey)];
  return a.length === b.length && timingSafeEqual(a, b);
}
