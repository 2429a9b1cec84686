import { clockTime, control, make, minutes, replaceWhenChanged, tenge } from './page-kit.js';
import { showPurchase, showTimeLeft } from './phone-pay.js';
import { refundCard, showRefundCode, showRefundTimeLeft } from './phone-refund.js';
import { KINDS, RESULTS } from './phone-words.js';

const POLL_MS = 1000;
/** The newest purchases are enough for a person. */
const SHOWN = 60;

const element = (id) => document.getElementById(id);
/** Whose phone this is: `/phone?customer=aigul`; without a name one and the same customer. */
const customer = new URLSearchParams(location.search).get('customer') ?? undefined;
const here = (place) => `/phone${place}${location.search}`;
/** The number of the purchase or `refund-` and that of the refund code on the screen, and the longest time left that it has shown: the length of its bar. */
let opened;
let longestMs = 0;
let purchases = [];
let refundCodes = [];

const REFUND = 'refund-';
const isRefund = () => opened?.startsWith(REFUND);
/** The opened thing's place in the control API. */
const place = () => (isRefund() ? `refund-codes/${opened.slice(REFUND.length)}` : `purchases/${opened}`);

function open(purchase) {
  opened = purchase.bankPaymentId;
  longestMs = 0;
  history.pushState({}, '', here(`/${opened}`));
  // Opening a code on a phone is the scan itself.
  if (purchase.phase === 'created' && purchase.kind !== 'invoice') void act('scan');
  else void refresh();
}

/** The scan makes the customer known; what goes back is the seller's choice. */
function openRefund(code) {
  opened = REFUND + code.qrReturnId;
  history.pushState({}, '', here(`/${opened}`));
  if (code.phase === 'created') void act('scan');
  else void refresh();
}

function close() {
  opened = undefined;
  history.pushState({}, '', here(''));
  void refresh();
}

const bodyOf = (word, body) => (customer && ['scan', 'confirm'].includes(word) ? { customer, ...body } : body);

async function act(word, body = {}) {
  const { ok, value } = await control('POST', `${place()}/${word}`, bodyOf(word, body));
  await refresh();
  if (!ok && value.code !== 'not_possible') element('offline').hidden = false;
}

async function refresh() {
  const wanted = opened;
  const [list, codes, one] = await Promise.all([
    control('GET', `purchases?limit=${SHOWN}`),
    control('GET', `refund-codes?limit=${SHOWN}`),
    wanted ? control('GET', place()) : undefined,
  ]);
  element('offline').hidden = list.ok;
  if (!list.ok || wanted !== opened) return;
  purchases = list.value;
  if (codes.ok) refundCodes = codes.value;
  if (one && !one.ok) opened = undefined;
  element('list-screen').hidden = opened !== undefined;
  element('pay-screen').hidden = opened === undefined;
  if (one?.ok) showOpened(one.value);
  else showLists();
}

function showOpened(purchase) {
  const root = element('pay');
  if (isRefund()) {
    replaceWhenChanged(root, opened + purchase.phase, () => showRefundCode(purchase));
    return showRefundTimeLeft(root, purchase);
  }
  const key = [purchase.bankPaymentId, purchase.phase, purchase.status, purchase.refunds.length].join('|');
  if (root.dataset.key !== key) longestMs = purchase.leftMs ?? 0;
  replaceWhenChanged(root, key, () => showPurchase(purchase, act));
  showTimeLeft(root, purchase, longestMs);
}

function showLists() {
  const isOpen = (one) => one.phase === 'created' || one.phase === 'waiting';
  const waiting = purchases.filter(isOpen);
  const past = purchases.filter((one) => !isOpen(one));
  const keyOf = (one) => one.bankPaymentId + one.phase + one.refunds.length;
  const codes = refundCodes.filter((one) => one.phase === 'created');
  const codeIds = codes.map((one) => one.qrReturnId);
  replaceWhenChanged(element('waiting'), `w${waiting.map(keyOf)}r${codeIds}`, () =>
    waiting.length + codes.length > 0
      ? [...codes.map((one) => refundCard(one, openRefund)), ...waiting.map(card)]
      : [make('p', { className: 'nothing' }, 'Кодов пока нет. Создайте оплату на кассе — она появится здесь.')],
  );
  for (const one of [...waiting, ...codes]) {
    const key = one.bankPaymentId ?? REFUND + one.qrReturnId;
    const left = document.querySelector(`[data-left-of="${key}"]`);
    if (left) left.textContent = minutes(one.leftMs ?? 0);
  }
  replaceWhenChanged(element('history'), `h${past.map(keyOf)}`, () =>
    past.length > 0 ? past.map(row) : [make('li', { className: 'nothing' }, 'Платежей ещё не было')],
  );
}

function card(purchase) {
  const shop = purchase.tradePointName || purchase.organizationName;
  return make(
    'button',
    { type: 'button', className: 'purchase', onclick: () => open(purchase) },
    make('span', { className: 'avatar', 'aria-hidden': 'true' }, shop.slice(0, 1)),
    make('span', { className: 'shop' }, shop),
    make('span', { className: 'sum' }, tenge(purchase.amount)),
    make('span', { className: 'about' }, purchase.phase === 'waiting' ? 'Ждёт подтверждения' : KINDS[purchase.kind]),
    make('span', { className: 'left', data: { leftOf: purchase.bankPaymentId } }),
  );
}

function row(purchase) {
  const [, tone, ru, kk] = RESULTS[purchase.phase] ?? ['', '', purchase.status, ''];
  const isPaid = purchase.phase === 'processed';
  const returned = purchase.refunds.map((refund) => `возврат ${tenge(refund.amount)}`).join(', ');
  return make(
    'li',
    {},
    make(
      'button',
      { type: 'button', onclick: () => open(purchase) },
      make('b', {}, purchase.tradePointName || purchase.organizationName),
      make('span', { className: 'sum' }, `${isPaid ? '−' : ''}${tenge(purchase.chargedAmount ?? purchase.amount)}`),
      make('span', { className: `state ${tone}` }, `${ru} · ${kk}`),
      make('span', { className: 'when' }, clockTime(purchase.changedAt)),
      returned && make('span', { className: 'state good' }, `Получен ${returned} · Қайтарылды`),
    ),
  );
}

/** Finds a purchase by what a camera or a link gives: the code, the link's end, or the bank's number. */
function find(text) {
  const wanted = text.trim().split('/').filter(Boolean).at(-1) ?? '';
  return purchases.find((one) => [one.qrToken, one.paymentLink?.split('/').at(-1), one.bankPaymentId].includes(wanted));
}

function findRefund(text) {
  const wanted = text.trim().split('/').filter(Boolean).at(-1) ?? '';
  return refundCodes.find((one) => [one.qrToken, one.qrReturnId, REFUND + one.qrReturnId].includes(wanted));
}

/** Opens what the text names; tells whether there is such a thing. */
function openFound(text) {
  const [purchase, code] = [find(text), findRefund(text)];
  if (purchase) open(purchase);
  else if (code) openRefund(code);
  return Boolean(purchase || code);
}

element('scan').addEventListener('submit', (event) => {
  event.preventDefault();
  const isFound = openFound(element('token').value);
  element('scan-refused').textContent = isFound ? '' : 'Такой код банку не известен · Мұндай код жоқ';
  if (isFound) element('token').value = '';
});
element('back').addEventListener('click', close);
addEventListener('popstate', () => {
  opened = location.pathname.split('/')[2];
  void refresh();
});

async function poll() {
  await refresh();
  setTimeout(poll, POLL_MS);
}

if (customer) element('owner').textContent = ` · ${customer}`;
await refresh();
const [, , given] = location.pathname.split('/');
if (given) openFound(decodeURIComponent(given));
await poll();
