import { h, ICONS, icon } from './dom.js';
import { formatMoney } from './money.js';
import { t } from './preferences.js';
import { state, update } from './store.js';

/** How long the button says that the link was copied. */
const COPIED_MS = 3000;
const COPY_KEYS = { done: 'copied', byHand: 'copyByHand' };

/** What the customer scans in Kaspi.kz; or a link, to be sent, and as a code that any camera opens. */
export function codePanel(payment) {
  const isLink = payment.link !== undefined;
  return h(
    'section',
    { class: 'card panel scan' },
    h('img', {
      class: 'code',
      src: `/v1/payments/${payment.id}/qr.svg`,
      alt: t(isLink ? 'linkAsCode' : 'payQr'),
      width: 320,
      height: 320,
    }),
    h(
      'div',
      { class: 'beside' },
      h('p', { class: 'amount' }, formatMoney(payment.amount)),
      h('h1', {}, t(isLink ? 'waitingLink' : 'waitingScan')),
      h('p', { class: 'soft' }, t(isLink ? 'waitingLinkHint' : 'waitingScanHint')),
      isLink && linkBox(payment),
      countdown(payment.expiresAt, payment.createdAt),
      reasonNote(payment),
    ),
  );
}

export function reasonNote(payment) {
  if (payment.statusReason === 'bank_unreachable') return h('p', { class: 'note warn' }, t('bankUnreachable'));
  if (payment.statusReason === 'hub_unreachable') return h('p', { class: 'note warn' }, t('hubUnreachable'));
  return undefined;
}

/** A bar and a clock that run down by themselves (`tick` in till.js). */
export function countdown(untilIso, fromIso) {
  if (!untilIso) return undefined;
  return h(
    'div',
    { class: 'countdown', 'data-until': untilIso, 'data-from': fromIso },
    h('div', { class: 'track' }, h('div', { class: 'left' })),
    h('p', {}, `${t('timeLeft')} `, h('b', { class: 'clock' }, '')),
  );
}

function linkBox(payment) {
  const copied = state.copied?.id === payment.id ? state.copied.how : undefined;
  return h(
    'div',
    { class: 'with-button link-box' },
    h(
      'div',
      { class: 'field' },
      h('label', { for: 'link' }, t('theLink')),
      h('input', { id: 'link', value: payment.link, readonly: true, onfocus: (event) => event.target.select() }),
    ),
    h(
      'button',
      { type: 'button', id: 'copy', class: 'button', onclick: () => void copyLink(payment) },
      icon(copied === 'done' ? ICONS.check : ICONS.copy, 20),
      h('span', { 'aria-live': 'polite' }, t(COPY_KEYS[copied] ?? 'copy')),
    ),
  );
}

async function copyLink(payment) {
  const how = (await isCopied(payment.link)) ? 'done' : 'byHand';
  const copied = { id: payment.id, how };
  update({ copied });
  if (how === 'byHand') document.getElementById('link')?.select();
  setTimeout(() => state.copied === copied && update({ copied: undefined }), COPIED_MS);
}

/** A page that did not come by https or from this computer has no clipboard; then the old way is tried. */
async function isCopied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    document.getElementById('link')?.select();
    return document.execCommand('copy');
  }
}
