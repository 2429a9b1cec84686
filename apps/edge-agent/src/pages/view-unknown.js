import { h, ICONS, icon } from './dom.js';
import { formatMoney } from './money.js';
import { hasText, t } from './preferences.js';
import { openSettleDialog } from './settle-dialog.js';

/** What happens next, by the way of paying. */
const STEPS = { terminal: 'unknownStep3', invoice: 'unknownStepInvoice' };

/** Only a person can go on: the outcome is unknown, or the terminal says a word that nobody knows. */
export function needsPerson({ status, method, statusReason, final }) {
  return status === 'unknown' || (method === 'terminal' && statusReason === 'status_unlisted' && !final);
}

/** What a status reason means, in the cashier's language; the word itself where there is no text for it. */
export function reasonText(reason) {
  return hasText(`reason_${reason}`) ? t(`reason_${reason}`) : reason;
}

/** Nobody knows whether the customer paid: no second charge, and the way to find out. */
export function unknownPanel(payment) {
  const isAtTerminal = payment.method === 'terminal';
  // The terminal has charged, only not what was asked.
  const hasMoved = payment.statusReason === 'amount_mismatch';
  return h(
    'section',
    { class: 'card panel unknown' },
    h('div', { class: 'big-icon' }, icon(ICONS.stop, 84)),
    h('h1', {}, t('doNotCharge')),
    h('p', { class: 'amount' }, formatMoney(payment.amount)),
    hasMoved && payment.amountPaid
      ? h('p', { class: 'hint' }, h('b', {}, t('otherAmount', { amount: formatMoney(payment.amountPaid) })))
      : h('p', { class: 'hint' }, h('b', {}, t('unknown')), '. ', t('unknownHint')),
    h(
      'ol',
      {},
      isAtTerminal && h('li', {}, t('unknownStep1')),
      h('li', {}, t('unknownStep2')),
      h('li', {}, t(STEPS[payment.method] ?? 'unknownStepQr')),
    ),
    isAtTerminal &&
      h(
        'div',
        { class: 'actions' },
        h(
          'button',
          { type: 'button', id: 'was-paid', class: 'button large', onclick: () => openSettleDialog(payment, 'paid') },
          icon(ICONS.check, 22),
          t('wasPaid'),
        ),
        !hasMoved &&
          h(
            'button',
            {
              type: 'button',
              id: 'was-not-paid',
              class: 'button large',
              onclick: () => openSettleDialog(payment, 'not_paid'),
            },
            icon(ICONS.cross, 22),
            t('wasNotPaid'),
          ),
      ),
    payment.statusReason && h('small', { class: 'soft' }, reasonText(payment.statusReason)),
  );
}
