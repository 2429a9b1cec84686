import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/program.ts';

/** The fenced blocks of one language in a document of ours, in their order. */
export function codeBlocks(document: string, language: string): string[] {
  const text = readFileSync(join(ROOT, document), 'utf8');
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return [...text.matchAll(fence)].map(([, body = '']) => body);
}
