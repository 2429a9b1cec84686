/**
 * A text column cannot hold U+0000, nor half a surrogate pair: what an agent or a person sent with one in it is stored with
 * U+FFFD instead, so that no text from outside can be refused for ever.
 */
export function storableText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes('\0') ? whole.replaceAll('\0', '\uFFFD') : whole;
}
