import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { sha256Hex } from '@tolem/base';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface PageAsset {
  type: string;
  content: string;
  etag: string;
}

/** The files of our pages by name, such as `till.html` or `text/ru.js`; read once, they are small. */
export function readPageAssets(folder = join(import.meta.dirname, '../pages')): ReadonlyMap<string, PageAsset> {
  const assets = new Map<string, PageAsset>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const content = readFileSync(path, 'utf8');
    const name = path.slice(folder.length + 1).replaceAll('\\', '/');
    assets.set(name, { type, content, etag: `"${sha256Hex(content).slice(0, 20)}"` });
  }
  return assets;
}
