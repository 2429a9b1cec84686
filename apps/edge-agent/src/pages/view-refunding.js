import { h, ICONS, icon } from './dom.js';
import { formatMoney } from './money.js';
import { formatTime, hasText, t } from './preferences.js';
import { beginRefunding, choosePurchase, readPurchases } from './refunding.js';
import { isHubAway, state } from './store.js';
import { countdown } from './view-code.js';
import { refusalView } from './view-refusal.js';
import { reasonText } from './view-unknown.js';

/** A refund with the customer, step by step: the code, their purchases, and from there the payment itself. */
export function refundingView() {
  return h(
    'div',
    { class: 'single' },
    h('a', { class: 'button quiet back', href: '#/' }, icon(ICONS.back, 20), t('back')),
    stepView(),
  );
}

/** What the spoken line says. */
export function refundingText() {
  const { session } = state.refunding ?? {};
  if (!session) return '';
  if (session.status === 'customer_known') return t('choosePurchase');
  return t(isWaiting(session) ? 'refundScan' : 'refundCodeOver');
}

function stepView() {
  const { session, refusal } = state.refunding ?? {};
  if (!session) {
    return refusal
      ? h(
          'div',
          { class: 'note-with-actions' },
          refusalView({ ...refusal, isRefund: true }),
          h('div', { class: 'actions' }, newCodeButton()),
        )
      : waiting('refundPreparing');
  }
  if (session.status === 'customer_known') return purchasesView(session);
  if (!isWaiting(session)) return overView(session);
  return session.qr ? codeView(session) : waiting('refundPreparing');
}

/** The time of the code may be over before the hub has said so. */
function isWaiting({ status, qr, expiresInS }) {
  return status === 'awaiting_customer' && (qr !== undefined || expiresInS > 0);
}

function codeView(session) {
  return h(
    'section',
    { class: 'card panel scan refund-code' },
    h('img', {
      class: 'code',
      src: `/v1/refund-sessions/${session.id}/qr.svg`,
      alt: t('refundCode'),
      width: 320,
      height: 320,
    }),
    h(
      'div',
      { class: 'beside' },
      h('h1', {}, t('refundScan')),
      h('p', { class: 'soft' }, t('refundScanHint')),
      wantedLine(),
      countdown(session.until, session.from),
      isHubAway() && h('p', { class: 'note warn' }, t('hubUnreachable')),
    ),
  );
}

function wantedLine() {
  const payment = wantedPayment();
  return (
    payment && h('p', {}, t('refundOf', { amount: formatMoney(payment.amount), time: formatTime(payment.createdAt) }))
  );
}

function wantedPayment() {
  const wantedId = state.refunding.wanted?.id;
  return [...state.recent, ...state.history.payments].find((one) => one.id === wantedId);
}

function purchasesView(session) {
  const { purchases, refusal, wanted } = state.refunding;
  const wantedId = wanted?.id;
  const isMissing = purchases && wantedId && !purchases.some((one) => one.paymentId === wantedId);
  return h(
    'section',
    { class: 'card purchases' },
    h('h1', {}, t('choosePurchase')),
    h('p', { class: 'soft' }, t('choosePurchaseHint')),
    countdown(session.until, session.from),
    isMissing && h('p', { class: 'note warn', id: 'not-listed' }, t('wantedNotListed')),
    refusal && refusalView({ ...refusal, isRefund: true }, readAgainButton('tryAgain')),
    !purchases && !refusal && h('p', { class: 'panel' }, h('span', { class: 'spinner big' })),
    purchases?.length === 0 && h('p', { class: 'soft empty' }, t('noPurchases')),
    purchases && h('ul', { class: 'rows' }, wantedFirst(purchases, wantedId).map(purchaseRow)),
    purchases && readAgainButton('refreshPurchases'),
  );
}

function wantedFirst(purchases, wantedId) {
  const isWanted = (one) => wantedId !== undefined && one.paymentId === wantedId;
  return [...purchases.filter(isWanted), ...purchases.filter((one) => !isWanted(one))];
}

function purchaseRow(purchase, index) {
  const { amount, at, available, refundable, paymentId, reason } = purchase;
  const isWanted = paymentId !== undefined && paymentId === state.refunding.wanted?.id;
  const isPart = refundable && available !== amount;
  const content = [
    h('b', {}, formatMoney(amount)),
    h(
      'span',
      { class: 'soft' },
      [at && formatTime(at), isPart && t('refundLeft', { amount: formatMoney(available) })].filter(Boolean).join(' · '),
      !refundable && h('span', { class: 'why' }, purchaseReason(reason)),
    ),
    h(
      'span',
      { class: 'pills' },
      isWanted && h('span', { class: 'pill warn' }, t('thisPurchase')),
      !isWanted && h('span', { class: paymentId ? 'pill ok' : 'pill' }, t(paymentId ? 'ourPurchase' : 'otherPurchase')),
    ),
  ];
  return refundable
    ? h(
        'li',
        {},
        h(
          'button',
          {
            type: 'button',
            id: `purchase-${index}`,
            class: `button choice${isWanted ? ' primary' : ''}`,
            onclick: () => void choosePurchase(purchase),
          },
          content,
        ),
      )
    : h('li', { class: 'choice blocked' }, content);
}

function purchaseReason(reason) {
  const key = `purchase_${reason}`;
  return t(hasText(key) ? key : 'purchase_not_refundable');
}

function overView({ status, statusReason }) {
  return h(
    'section',
    { class: 'card panel result ended' },
    h('div', { class: 'big-icon' }, icon(ICONS.clock, 72)),
    h('h1', {}, t(status === 'failed' ? 'refundCodeFailed' : 'refundCodeOver')),
    h('p', { class: 'hint' }, t('refundCodeOverHint')),
    status === 'failed' && statusReason && h('small', { class: 'soft' }, reasonText(statusReason)),
    h('div', { class: 'actions' }, newCodeButton()),
  );
}

function waiting(key) {
  return h('section', { class: 'card panel asking' }, h('div', { class: 'spinner big' }), h('h1', {}, t(key)));
}

function newCodeButton() {
  const again = () => beginRefunding(state.refunding?.wanted);
  return h('button', { type: 'button', id: 'new-code', class: 'button large primary', onclick: again }, t('newCode'));
}

function readAgainButton(key) {
  return h(
    'button',
    { type: 'button', id: 'read-again', class: 'button', onclick: () => void readPurchases() },
    t(key),
  );
}
