import { fill, h, ICONS, icon } from './dom.js';
import { formatMoney } from './money.js';
import { customerText } from './text/customer.js';

/** Countdowns move this often. */
const TICK_MS = 250;
const REOPEN_MS = 2000;
const screen = document.getElementById('screen');
let view = { screen: 'idle' };
let untilMs = 0;
let totalMs = 1;
let hideTimer;

function both(key, tag = 'p') {
  const { kk, ru } = customerText[key];
  return h(tag, { class: 'both' }, h('span', { lang: 'kk' }, kk), ru !== '' && h('span', { lang: 'ru' }, ru));
}

function show(next) {
  clearTimeout(hideTimer);
  view = next;
  untilMs = performance.now() + (next.leftMs ?? 0);
  totalMs = Math.max(1, next.leftMs ?? 1);
  if (next.hideInMs !== undefined)
    hideTimer = setTimeout(() => show({ ...next, screen: 'idle', hideInMs: undefined }), next.hideInMs);
  document.body.className = `on-${next.screen}`;
  fill(screen, SCREENS[next.screen]?.() ?? SCREENS.idle());
  tick();
}

const SCREENS = {
  idle: () => [
    h('img', { class: 'sign', src: '/pages/icon.svg', alt: '', width: 120, height: 120 }),
    h('h1', {}, view.storeName ?? ''),
    both('welcome'),
  ],
  preparing: () => [h('div', { class: 'spinner big' }), amount(), both('preparing', 'h1')],
  scan: () => code('scan'),
  link: () => code('openLink'),
  terminal: () => [drawing(ICONS.terminal), amount(), both('terminal', 'h1'), both('terminalHow')],
  confirm: () => [drawing(ICONS.phone), amount(), both('confirm', 'h1'), countdown()],
  paid: () => [h('div', { class: 'drawing' }, icon(ICONS.check, 200)), both('paid', 'h1'), amount(), both('thanks')],
  failed: () => [drawing(ICONS.cross), both('failed', 'h1'), amount(), both('tellCashier')],
  expired: () => [drawing(ICONS.clock), both('expired', 'h1'), amount(), both('tellCashier')],
  cancelled: () => [drawing(ICONS.cross), both('cancelled', 'h1'), amount()],
  refund_scan: () => [
    h('img', {
      class: 'code',
      src: `/v1/refund-sessions/${view.refundSessionId}/qr.svg`,
      alt: 'QR',
      width: 600,
      height: 600,
    }),
    h('div', { class: 'beside' }, drawing(ICONS.returned), both('refundScan', 'h1'), countdown()),
  ],
  refund_known: () => [drawing(ICONS.returned), both('refundKnown', 'h1')],
  ask_cashier: () => [drawing(ICONS.clock), both('ask_cashier', 'h1'), amount(), both('doNotPayAgain')],
};

function code(how) {
  return [
    h('img', { class: 'code', src: `/v1/payments/${view.paymentId}/qr.svg`, alt: 'QR', width: 600, height: 600 }),
    h('div', { class: 'beside' }, amount(), both(how, 'h1'), methods(), countdown()),
  ];
}

function amount() {
  return h('p', { class: 'amount' }, formatMoney(view.amount ?? '0.00'));
}

function drawing(path) {
  return h('div', { class: 'drawing' }, icon(path, 140));
}

function methods() {
  if (!view.methods?.length) return undefined;
  const nameOf = (word) => {
    const known = customerText[`method_${word}`];
    return known ? [known.kk, known.ru].filter(Boolean).join(' · ') : word;
  };
  return h(
    'ul',
    { class: 'methods' },
    view.methods.map((word) => h('li', {}, nameOf(word))),
  );
}

function countdown() {
  if (view.leftMs === undefined) return undefined;
  return h(
    'div',
    { class: 'countdown' },
    h('div', { class: 'track' }, h('div', { class: 'left' })),
    both('left'),
    h('b', { class: 'clock', 'aria-live': 'off' }),
  );
}

function tick() {
  const element = document.querySelector('.countdown');
  if (!element) return;
  const leftMs = Math.max(0, untilMs - performance.now());
  const seconds = Math.ceil(leftMs / 1000);
  element.querySelector('.clock').textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  element.querySelector('.left').style.width = `${(leftMs / totalMs) * 100}%`;
}

function open() {
  const source = new EventSource('/page/display');
  source.addEventListener('show', (event) => show(JSON.parse(event.data)));
  source.addEventListener('error', () => {
    // Nothing that cannot be paid stays on a customer's screen; a result that was seen may stay.
    if (['scan', 'link', 'preparing', 'refund_scan'].includes(view.screen))
      show({ ...view, screen: 'idle', leftMs: undefined });
    if (source.readyState !== EventSource.CLOSED) return;
    source.close();
    setTimeout(open, REOPEN_MS);
  });
}

show(view);
setInterval(tick, TICK_MS);
open();
