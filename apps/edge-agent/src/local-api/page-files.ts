import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What lies in the folder of our pages, by name such as `till.html` or `text/ru.js`. `scripts/bundle.ts` puts the files
 * themselves in this module's place, so it imports nothing of ours and nothing else may read the folder.
 */
export function readPageFiles(): ReadonlyMap<string, string> {
  const folder = join(import.meta.dirname, '../pages');
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(folder.length + 1).replaceAll('\\', '/'), readFileSync(path, 'utf8'));
  }
  return files;
}
