import { act, go } from './actions.js';
import { h, ICONS, icon } from './dom.js';
import { formatMoney, tiynOf } from './money.js';
import { formatTime, hasText, t } from './preferences.js';
import { openRefundDialog } from './refund-dialog.js';
import { beginRefunding } from './refunding.js';
import { refundWay, state, update } from './store.js';
import { codePanel, countdown, reasonNote } from './view-code.js';
import { detailsView } from './view-details.js';
import { invoicePanel, isWithdrawable, refreshButton } from './view-invoice.js';
import { refundNotes } from './view-refund-state.js';
import { refusalView } from './view-refusal.js';
import { statusText } from './view-rows.js';
import { needsPerson, unknownPanel } from './view-unknown.js';

const PREPARING = {
  qr: 'preparing',
  link: 'preparingLink',
  invoice: 'sendingInvoice',
  terminal: 'startingTerminal',
};
const STILL_PAYABLE = { link: 'mayStillBePaidLink', invoice: 'mayStillBePaidInvoice' };

/** One payment: what happens now, in one look; below it what can be done, and the details. */
export function paymentView() {
  const { payment, route } = state;
  const isPast = route.name === 'past';
  if (!payment || payment.id !== route.id) {
    return h(
      'div',
      { class: 'single' },
      backLink(isPast),
      state.refusal ? refusalView(state.refusal) : h('p', { class: 'card panel' }, h('span', { class: 'spinner big' })),
    );
  }
  return h(
    'div',
    { class: 'single' },
    isPast && backLink(isPast),
    panelOf(payment),
    refundNotes(payment),
    state.refusal && refusalView(state.refusal),
    actionsView(payment, isPast),
    detailsView(payment, isPast),
  );
}

/** Enter and Escape on a payment that has ended: on to the next customer. */
export function paymentKey(event) {
  const { payment } = state;
  if (event.key !== 'Enter' && event.key !== 'Escape') return false;
  if (!payment || !isOver(payment) || state.route.name !== 'payment') return false;
  go('/');
  return true;
}

/** What the spoken line says: changes with the state, not with every version. */
export function spokenText(payment) {
  if (payment.late?.claimable) return t('lateTitle');
  const amount = formatMoney(payment.amount);
  const words = needsPerson(payment) ? `${t('unknown')}. ${t('doNotCharge')}` : statusText(payment);
  return `${amount}: ${words}`;
}

function panelOf(payment) {
  if (payment.late?.claimable && state.declinedLate !== payment.id) return latePanel(payment);
  if (needsPerson(payment)) return unknownPanel(payment);
  switch (payment.status) {
    case 'created':
      return waitPanel(payment, t(PREPARING[payment.method] ?? 'preparing'));
    case 'awaiting_scan':
      return payment.method === 'terminal' ? terminalPanel(payment) : scanPanel(payment);
    case 'awaiting_confirmation':
      if (payment.method === 'invoice') return invoicePanel(payment);
      return payment.method === 'terminal' ? terminalPanel(payment) : confirmPanel(payment);
    case 'paid':
      return resultPanel(payment, 'paid', ICONS.check, t(payment.late ? 'paidLate' : 'paid'));
    case 'failed':
      return resultPanel(payment, 'failed', ICONS.cross, t('failed'), failedHint(payment));
    default:
      return resultPanel(payment, 'ended', ICONS.clock, t(payment.status), endedHint(payment));
  }
}

function endedHint(payment) {
  const isReturnedByItself = payment.late?.refund || refundWay(payment) === 'without_customer';
  if (payment.late?.claimable) return t(isReturnedByItself ? 'lateDeclined' : 'lateDeclinedCase');
  if (payment.late) return lateHint(payment, isReturnedByItself);
  if (!payment.mayStillBePaid) return undefined;
  if (payment.statusReason === 'cancel_unconfirmed') return t('cancelUnconfirmed');
  const key = STILL_PAYABLE[payment.method] ?? 'mayStillBePaid';
  return t(refundWay(payment) === 'without_customer' ? key : `${key}Case`);
}

/** Where late money is, by its refund where there is one: how that ended is told below. */
function lateHint({ late, refunds }, isReturnedByItself) {
  const refund = refunds.find((one) => one.id === late.refund);
  if (refund?.status === 'confirmed' || refund?.status === 'unknown') return undefined;
  return t(isReturnedByItself && refund?.status !== 'declined' ? 'lateReturning' : 'lateCase');
}

/** Why nothing was begun, where there is a sentence for it. */
function failedHint({ statusReason }) {
  const why = `reason_${statusReason}`;
  return hasText(why) ? `${t(why)} ${t('failedHint')}` : t('failedHint');
}

function scanPanel(payment) {
  return payment.qr || payment.link ? codePanel(payment) : waitPanel(payment, t(PREPARING[payment.method]));
}

function confirmPanel(payment) {
  return h(
    'section',
    { class: 'card panel confirming' },
    h('div', { class: 'big-icon pulse' }, icon(ICONS.phone, 72)),
    h('p', { class: 'amount' }, formatMoney(payment.amount)),
    h('h1', {}, t('confirming')),
    h('p', { class: 'soft' }, t(payment.method === 'link' ? 'confirmingLinkHint' : 'confirmingHint')),
    countdown(payment.expiresAt, payment.updatedAt),
    reasonNote(payment),
  );
}

function terminalPanel(payment) {
  const word = `sub_${payment.terminal?.subStatus}`;
  return h(
    'section',
    { class: 'card panel confirming' },
    h('div', { class: 'big-icon pulse' }, icon(ICONS.terminal, 72)),
    h('p', { class: 'amount' }, formatMoney(payment.amount)),
    h('h1', {}, t('atTerminal')),
    h('p', { class: 'step' }, hasText(word) ? t(word) : t('atTerminalHint')),
    h('p', { class: 'soft' }, t('cancelAtTerminal')),
    reasonNote(payment),
  );
}

function waitPanel(payment, text) {
  return h(
    'section',
    { class: 'card panel asking' },
    h('div', { class: 'spinner big' }),
    h('p', { class: 'amount' }, formatMoney(payment.amount)),
    h('h1', {}, text),
    reasonNote(payment),
  );
}

function resultPanel(payment, kind, drawing, title, hint) {
  return h(
    'section',
    { class: `card panel result ${kind}` },
    h('div', { class: 'big-icon' }, icon(drawing, kind === 'paid' ? 120 : 72)),
    h('h1', {}, title),
    h('p', { class: 'amount' }, formatMoney(payment.amount)),
    kind === 'paid' && payment.paidAt && h('p', { class: 'when' }, t('doneAt', { time: formatTime(payment.paidAt) })),
    hint && h('p', { class: 'hint' }, hint),
  );
}

function latePanel(payment) {
  const amount = formatMoney(payment.late.amount);
  return h(
    'section',
    { class: 'card panel late' },
    h('div', { class: 'big-icon' }, icon(ICONS.clock, 72)),
    h('h1', {}, t('lateTitle')),
    h('p', { class: 'amount' }, amount),
    h('p', { class: 'hint' }, t(refundWay(payment) === 'without_customer' ? 'lateHint' : 'lateHintCase', { amount })),
    countdown(payment.late.claimUntil, payment.updatedAt),
    h(
      'div',
      { class: 'actions' },
      h(
        'button',
        {
          type: 'button',
          id: 'accept-late',
          class: 'button large primary',
          disabled: state.isBusy,
          onclick: () => act('accept-late'),
        },
        t('lateAccept'),
      ),
      h(
        'button',
        {
          type: 'button',
          id: 'decline-late',
          class: 'button large',
          disabled: state.isBusy,
          onclick: () => update({ declinedLate: payment.id }),
        },
        t('lateDecline'),
      ),
    ),
  );
}

function actionsView(payment, isPast) {
  const isUnscanned = ['created', 'awaiting_scan'].includes(payment.status) && payment.method !== 'terminal';
  const canCancel = isUnscanned || isWithdrawable(payment);
  // The customer may take a day; the next one is served meanwhile.
  const isLeft = payment.method === 'invoice' && payment.status === 'awaiting_confirmation';
  const isLateOffer = payment.late?.claimable && state.declinedLate !== payment.id;
  const left = tiynOf(payment.amount) - tiynOf(payment.refundedAmount);
  const isRefunding = payment.refunds.some((one) => ['requested', 'approved', 'sent', 'unknown'].includes(one.status));
  const way = refundWay(payment);
  const mayRefund = payment.status === 'paid' && left > 0 && !isRefunding;
  const canRefund = mayRefund && way !== 'none';
  return h(
    'div',
    { class: 'actions' },
    !isPast &&
      (isOver(payment) || isLeft) &&
      !isLateOffer &&
      h(
        'button',
        { type: 'button', id: 'next', class: `button large${isLeft ? '' : ' primary'}`, onclick: () => go('/') },
        t('newPayment'),
      ),
    refreshButton(payment),
    canCancel &&
      h(
        'button',
        { type: 'button', id: 'cancel', class: 'button large', disabled: state.isBusy, onclick: () => act('cancel') },
        t(payment.status === 'cancelled' ? 'cancelAgain' : 'cancel'),
      ),
    canRefund &&
      h(
        'button',
        {
          type: 'button',
          id: 'refund',
          class: 'button',
          disabled: state.isBusy,
          onclick: () => (way === 'with_customer' ? beginRefunding(payment) : openRefundDialog(payment)),
        },
        icon(ICONS.returned, 20),
        h('span', {}, t('refund'), way === 'with_customer' && h('small', {}, t('customerScans'))),
      ),
    mayRefund && way === 'none' && h('p', { class: 'note', id: 'refund-elsewhere' }, t('refundElsewhere')),
  );
}

function isOver(payment) {
  return ['paid', 'failed', 'expired', 'cancelled'].includes(payment.status);
}

function backLink(isPast) {
  return h('a', { class: 'button quiet back', href: isPast ? '#/history' : '#/' }, icon(ICONS.back, 20), t('back'));
}
