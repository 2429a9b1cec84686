import { h } from './dom.js';
import { formatMoney } from './money.js';
import { hasText, t } from './preferences.js';
import { openRefundSettleDialog } from './settle-dialog.js';
import { state } from './store.js';
import { reasonText } from './view-unknown.js';

const UNDER_WAY = new Set(['requested', 'approved', 'sent']);

/** How the refunds of a payment stand; the latest of each kind says the most. */
export function refundNotes(payment) {
  const isAsked = state.intent?.kind === 'refund' && state.intent.path.includes(payment.id);
  // The feed may tell of the refund before its request is answered.
  const isTold = payment.refunds.some(
    ({ status, amount }) => UNDER_WAY.has(status) && amount === state.intent?.body.amount,
  );
  const asked = isAsked && !isTold ? [askedNote()] : [];
  return [...asked, ...payment.refunds.map((refund) => refundNote(payment, refund))];
}

function refundNote(payment, refund) {
  const amount = formatMoney(refund.amount);
  if (refund.status === 'confirmed') return h('p', { class: 'note ok' }, t('refundDone', { amount }));
  if (refund.status === 'declined') return declinedNote(amount, refund.statusReason);
  const isStuck = payment.method === 'terminal' && refund.statusReason === 'status_unlisted';
  if (refund.status === 'unknown' || isStuck) return unknownNote(payment, refund);
  return going(amount, payment.method === 'terminal' && t('refundAtTerminal'));
}

function declinedNote(amount, reason) {
  const why = hasText(`reason_${reason}`) && reasonText(reason);
  return h('p', { class: 'note bad' }, t('refundDeclined', { amount }), why && h('small', {}, why));
}

/** Of a terminal a person can find out; a refund through the hub is headquarters' to settle. */
function unknownNote(payment, refund) {
  const isAtTerminal = payment.method === 'terminal';
  const text = t(isAtTerminal ? 'refundUnknownTerminal' : 'refundUnknown', { amount: formatMoney(refund.amount) });
  const choose = (id, key, outcome) =>
    h(
      'button',
      { type: 'button', id, class: 'button', onclick: () => openRefundSettleDialog(refund, outcome) },
      t(key),
    );
  return h(
    'div',
    { class: 'note warn' },
    h('b', {}, text),
    refund.statusReason && h('small', { class: 'soft' }, reasonText(refund.statusReason)),
    isAtTerminal &&
      h(
        'div',
        { class: 'actions' },
        choose('was-refunded', 'wasRefunded', 'confirmed'),
        refund.statusReason !== 'amount_mismatch' && choose('was-not-refunded', 'wasNotRefunded', 'declined'),
      ),
  );
}

/** Sent to the agent, which has not answered yet. */
function askedNote() {
  const { body } = state.intent;
  return going(formatMoney(body.amount), state.isIntentLate && t('asking'));
}

function going(amount, more) {
  return h(
    'p',
    { class: 'note going' },
    h('span', { class: 'spinner', 'aria-hidden': 'true' }),
    h('span', {}, t('refundGoing', { amount }), more && h('small', {}, more)),
  );
}
