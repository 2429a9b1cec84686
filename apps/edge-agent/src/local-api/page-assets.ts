import { extname } from 'node:path';
import { sha256Hex } from '@tolem/base';
import { readPageFiles } from './page-files.ts';

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

/** The files of our pages that a browser may ask for, by name; read once, they are small. */
export function readPageAssets(): ReadonlyMap<string, PageAsset> {
  const assets = new Map<string, PageAsset>();
  for (const [name, content] of readPageFiles()) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    assets.set(name, { type, content, etag: `"${sha256Hex(content).slice(0, 20)}"` });
  }
  return assets;
}
