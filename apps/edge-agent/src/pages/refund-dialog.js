import { go, startRefund } from './actions.js';
import { explainMissingPins, openDialog, personFields, textField, unlock } from './dialog.js';
import { h } from './dom.js';
import { formatMoney, isWholeTenge, subtract, toRefundAmount } from './money.js';
import { t } from './preferences.js';

/**
 * Money back: the amount is typed, the reason is said, a cashier gives the PIN. Of a customer's purchase no more than is
 * `available`, in the session in which they are known.
 */
export function openRefundDialog(payment, { available, refundSessionId } = {}) {
  if (explainMissingPins()) return;
  const left = available ?? subtract(payment.amount, payment.refundedAmount);
  const amount = textField('amount', t('refundAmount'), {
    inputmode: 'decimal',
    maxlength: 12,
    oninput: () => showAmount(),
  });
  const reasons = ['reasonGoods', 'reasonMistake', 'reasonOther'];
  const other = textField('reasonText', t('reasonText'), { maxlength: 150 });
  other.hidden = true;
  const { button, dialog } = openDialog({
    title: t('refundTitle'),
    submitText: t('refundSendPlain'),
    isRefund: true,
    fields: [
      h('p', { class: 'soft' }, t('refundLeft', { amount: formatMoney(left) })),
      h(
        'div',
        { class: 'with-button' },
        amount,
        h('button', { type: 'button', class: 'button', id: 'refund-all', onclick: () => fillAll() }, t('refundAll')),
      ),
      h(
        'div',
        { class: 'field' },
        h('label', { for: 'reason' }, t('reason')),
        h(
          'select',
          {
            id: 'reason',
            name: 'reason',
            onchange: (event) => {
              other.hidden = event.target.value !== 'reasonOther';
            },
          },
          reasons.map((key) => h('option', { value: key }, t(key))),
        ),
      ),
      other,
      personFields(),
    ],
    async submit(values, fail) {
      const wanted = toRefundAmount(values.amount, left);
      if (wanted !== undefined && payment.method === 'terminal' && !isWholeTenge(wanted))
        return fail(t('wholeOnly'), 'amount');
      if (wanted === undefined) return fail(t('refundBad', { amount: formatMoney(left) }), 'amount');
      const reason = values.reason === 'reasonOther' ? values.reasonText.trim() : t(values.reason);
      if (reason === '') return fail(t('needReason'), 'reasonText');
      if (!(await unlock(values, fail))) return false;
      startRefund(payment.id, { amount: wanted, reason, ...(refundSessionId ? { refundSessionId } : {}) });
      if (refundSessionId) go(`/past/${payment.id}`);
      return true;
    },
  });
  const input = dialog.querySelector('#amount');
  const showAmount = () => {
    const wanted = toRefundAmount(input.value, left);
    button.textContent = wanted === undefined ? t('refundSendPlain') : t('refundSend', { amount: formatMoney(wanted) });
  };
  const fillAll = () => {
    input.value = left.replace('.00', '').replace('.', ',');
    showAmount();
  };
  input.focus();
}
