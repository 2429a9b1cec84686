import { h } from './dom.js';
import { formatMoney, tiynOf } from './money.js';
import { formatTime, t } from './preferences.js';

/** Who asked for a refund or decided: at this page, at headquarters, or a program by the name of its token. */
function actorText(actor) {
  const [, name] = /^till page(?:: (.*))?$/.exec(actor) ?? [null, null];
  if (name !== null) return name === undefined ? t('actorPage') : t('actorAtPage', { name });
  const [, person] = /^hq\/(?:person:)?(.*)$/.exec(actor) ?? [];
  return person === undefined ? actor : t('actorAtHub', { name: person });
}

/** Facts of a payment for whoever must find it again; folded while a customer stands at the till. */
export function detailsView(payment, isOpen) {
  const facts = [
    ['method', t(`method_${payment.method}`) + (payment.terminal ? ` ${payment.terminal.id}` : '')],
    ['payer', payment.payerName],
    ['phone', payment.phone],
    ['order', payment.orderId],
    ['created', formatTime(payment.createdAt)],
    ['paidAt', payment.paidAt && formatTime(payment.paidAt)],
    ['refunded', tiynOf(payment.refundedAmount) > 0 && formatMoney(payment.refundedAmount)],
    ['paymentId', payment.id],
    ['bankPaymentId', payment.bankPaymentId ?? payment.terminal?.transactionId],
    ['card', payment.receipt?.cardMask],
    ['rrn', payment.terminal?.rrn],
    [
      'decidedBy',
      payment.resolvedBy && [actorText(payment.resolvedBy), payment.resolvedReason].filter(Boolean).join(': '),
    ],
    ['explanation', payment.statusReason],
  ].filter(([, value]) => value);
  return h(
    'details',
    { class: 'card facts', open: isOpen, id: 'facts' },
    h('summary', {}, t('details')),
    h(
      'dl',
      {},
      facts.map(([key, value]) => h('div', {}, h('dt', {}, t(key)), h('dd', {}, value))),
    ),
    payment.refunds.length > 0 && [
      h('h2', {}, t('refunds')),
      h(
        'ul',
        { class: 'refunds' },
        payment.refunds.map((refund) =>
          h(
            'li',
            {},
            h('b', {}, formatMoney(refund.amount)),
            h('span', {}, t(`refund_${refund.status}`)),
            h(
              'span',
              { class: 'soft' },
              `${formatTime(refund.createdAt)} · ${refund.reason} · ${actorText(refund.actor)}`,
            ),
          ),
        ),
      ),
    ],
  );
}
