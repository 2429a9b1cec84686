/** The most that one payment may ask, and the least [the agent refuses others as well]. */
const TENGE_MAX = 5_000_000;

/** What a person typed (`1500`, `1 500,5`) as the API's decimal string, or undefined while it is no valid amount. */
export function toAmount(typed) {
  const [, whole, , decimals = ''] = /^(\d{1,7})([.,](\d{0,2}))?$/.exec(typed.replace(/[\s\u00a0]/g, '')) ?? [];
  if (whole === undefined) return undefined;
  const amount = `${Number(whole)}.${decimals.padEnd(2, '0')}`;
  const tiyn = tiynOf(amount);
  return tiyn >= 100 && tiyn <= TENGE_MAX * 100 ? amount : undefined;
}

/** A refund may be smaller than a payment. */
export function toRefundAmount(typed, left) {
  const [, whole, , decimals = ''] = /^(\d{1,7})([.,](\d{0,2}))?$/.exec(typed.replace(/[\s\u00a0]/g, '')) ?? [];
  if (whole === undefined) return undefined;
  const amount = `${Number(whole)}.${decimals.padEnd(2, '0')}`;
  return tiynOf(amount) > 0 && tiynOf(amount) <= tiynOf(left) ? amount : undefined;
}

/** `"1500.50"` → `1 500,50 ₸`; whole tenge without decimals. */
export function formatMoney(amount) {
  const [whole = '0', decimals = '00'] = amount.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, '\u00a0');
  return `${grouped}${decimals === '00' ? '' : `,${decimals}`}\u00a0₸`;
}

export function isWholeTenge(amount) {
  return amount.endsWith('.00');
}

/** Whole tiyn as a number: exact up to 90 billion tenge, far above any amount here. */
export function tiynOf(amount) {
  return Number(amount.replace('.', ''));
}

export function subtract(amount, taken) {
  const tiyn = tiynOf(amount) - tiynOf(taken);
  return `${Math.floor(tiyn / 100)}.${String(tiyn % 100).padStart(2, '0')}`;
}

export function add(amounts) {
  const tiyn = amounts.reduce((sum, amount) => sum + tiynOf(amount), 0);
  return `${Math.floor(tiyn / 100)}.${String(tiyn % 100).padStart(2, '0')}`;
}
