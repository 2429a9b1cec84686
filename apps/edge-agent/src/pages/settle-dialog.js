import { post } from './api.js';
import { explainMissingPins, openDialog, personFields, textField, unlock } from './dialog.js';
import { h } from './dom.js';
import { formatMoney } from './money.js';
import { t } from './preferences.js';
import { refresh, takePayment, update } from './store.js';

/** A person says how an unknown payment ended, with name and reason. */
export function openSettleDialog(payment, outcome) {
  const amount = formatMoney(outcome === 'paid' ? (payment.amountPaid ?? payment.amount) : payment.amount);
  openDecision({
    title: t('settleTitle'),
    text: t(outcome === 'paid' ? 'settlePaid' : 'settleNotPaid', { amount }),
    async decide(by, reason) {
      const settled = await post(`/v1/payments/${payment.id}/resolve`, { outcome, by, reason });
      takePayment(settled);
      update({ payment: settled, refusal: undefined });
    },
  });
}

/** A person says how an unknown refund of a terminal ended. */
export function openRefundSettleDialog(refund, outcome) {
  const amount = formatMoney(refund.amount);
  openDecision({
    title: t('settleTitle'),
    text: t(outcome === 'confirmed' ? 'settleRefunded' : 'settleNotRefunded', { amount }),
    async decide(by, reason) {
      await post(`/v1/refunds/${refund.id}/resolve`, { outcome, by, reason });
    },
  });
}

/** A person has looked at the terminal's last operation and lets it work again. */
export function openReleaseDialog(terminalId) {
  openDecision({
    title: t('releaseTitle', { id: terminalId }),
    text: t('releaseHint'),
    async decide(by, reason) {
      await post(`/v1/terminals/${encodeURIComponent(terminalId)}/release`, { by, reason });
      await refresh();
    },
  });
}

function openDecision({ title, text, decide }) {
  if (explainMissingPins()) return;
  openDialog({
    title,
    submitText: t('confirm'),
    fields: [
      h('p', { class: 'note warn' }, text),
      textField('reason', t('whatYouSaw'), { maxlength: 200 }),
      personFields(),
    ],
    async submit(values, fail) {
      const reason = values.reason.trim();
      const by = (values.by ?? '').trim();
      if (reason === '') return fail(t('needReason'), 'reason');
      if (by === '') return fail(t('needName'), 'by');
      if (!(await unlock(values, fail))) return false;
      await decide(by, reason);
      return true;
    },
  });
}
