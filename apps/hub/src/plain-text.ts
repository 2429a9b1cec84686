import { problem } from './problem-catalogue.ts';

/** Text from outside as it may be stored: bounded, and without the NUL character, which no column can hold. */
export function plainText(text: string, what: string, limit: number, least: 0 | 1 = 0): string {
  const isFit = text.length <= limit && !text.includes('\0') && (least === 0 || text.trim() !== '');
  if (isFit) return text;
  throw problem('request_invalid', `${what}: ${least} to ${limit} characters are needed`, {
    fields: [{ path: what, expected: `${least} to ${limit} characters` }],
  });
}
