import { readFileSync } from 'node:fs';

/** One example of the document: what is sent and what comes back, as text, so that no digit is lost. For tests. */
export interface QrFixture {
  section: string;
  verb: 'GET' | 'POST';
  url: string;
  request?: string;
  answer: string;
  note?: string;
}

export function qrFixture(name: string): QrFixture {
  const file = new URL(`../../fixtures/qr/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as QrFixture;
}

/** JSON text without the white space between its tokens: equal texts have the same members in the same order and digits. */
export function compact(json: string): string {
  return json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
}
