import { h } from './dom.js';
import { formatMoney, tiynOf } from './money.js';
import { formatTime, t } from './preferences.js';

/** Colour and word of a status; never the colour alone. */
export function statusPill(payment) {
  const kind = payment.late?.claimable ? 'late' : { paid: 'ok', failed: 'bad', unknown: 'warn' }[payment.status];
  return h('span', { class: `pill ${kind ?? ''}` }, statusText(payment));
}

/** A link is opened where a code is scanned. */
export function statusText({ method, status }) {
  if (method === 'invoice' && status === 'awaiting_confirmation') return t('status_awaiting_invoice');
  return method === 'link' && status === 'awaiting_scan' ? t('status_awaiting_link') : t(`status_${status}`);
}

/** One payment in a list, as a link to it. */
export function paymentRow(payment) {
  const hasRefund = tiynOf(payment.refundedAmount) > 0;
  return h(
    'li',
    {},
    h(
      'a',
      { href: `#/past/${payment.id}` },
      h('b', {}, formatMoney(payment.amount)),
      h(
        'span',
        { class: 'soft' },
        [formatTime(payment.createdAt), t(`method_${payment.method}`), payment.orderId].filter(Boolean).join(' · '),
      ),
      h(
        'span',
        { class: 'pills' },
        statusPill(payment),
        hasRefund && h('span', { class: 'pill' }, `−${formatMoney(payment.refundedAmount)}`),
      ),
    ),
  );
}
