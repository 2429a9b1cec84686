import { h, ICONS, icon } from './dom.js';
import { formatMoney } from './money.js';
import { t } from './preferences.js';
import { openSettleDialog } from './settle-dialog.js';

/** Nobody knows whether the customer paid: no second charge, and the way to find out. */
export function unknownPanel(payment) {
  const isAtTerminal = payment.method === 'terminal';
  return h(
    'section',
    { class: 'card panel unknown' },
    h('div', { class: 'big-icon' }, icon(ICONS.stop, 84)),
    h('h1', {}, t('doNotCharge')),
    h('p', { class: 'amount' }, formatMoney(payment.amount)),
    h('p', { class: 'hint' }, h('b', {}, t('unknown')), '. ', t('unknownHint')),
    h(
      'ol',
      {},
      isAtTerminal && h('li', {}, t('unknownStep1')),
      h('li', {}, t('unknownStep2')),
      h('li', {}, t(isAtTerminal ? 'unknownStep3' : 'unknownStepQr')),
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
    payment.statusReason && h('small', { class: 'soft' }, payment.statusReason),
  );
}
