import { h } from './dom.js';
import { formatMoney } from './money.js';
import { t } from './preferences.js';
import { state } from './store.js';

/** How the refunds of a payment stand; the latest of each kind says the most. */
export function refundNotes(payment) {
  const asked = state.intent?.kind === 'refund' && state.intent.path.includes(payment.id) ? [askedNote()] : [];
  return [...asked, ...payment.refunds.map((refund) => refundNote(payment, refund))];
}

function refundNote(payment, refund) {
  const amount = formatMoney(refund.amount);
  if (refund.status === 'confirmed') return h('p', { class: 'note ok' }, t('refundDone', { amount }));
  if (refund.status === 'declined') return h('p', { class: 'note bad' }, t('refundDeclined', { amount }));
  if (refund.status === 'unknown') return h('p', { class: 'note warn' }, h('b', {}, t('refundUnknown', { amount })));
  return going(amount, payment.method === 'terminal' && t('refundAtTerminal'));
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
