import { problemOf, startPayment } from './actions.js';
import { get } from './api.js';
import { openDialog, textField } from './dialog.js';
import { fill, h, ICONS, icon } from './dom.js';
import { formatMoney } from './money.js';
import { formatPhone, isWholePhone, phoneDigits } from './phone-number.js';
import { t } from './preferences.js';
import { chosenDevice } from './store.js';

/** Whom to send the invoice to: the number, then the customer's name by the bank, and only then it goes out. */
export function openInvoiceDialog(amount) {
  /** The number whose customer is shown; another number must be looked up anew. */
  let found;
  const field = textField('phone', t('phone'), {
    type: 'tel',
    inputmode: 'tel',
    maxlength: 24,
    value: '+7 ',
    'aria-describedby': 'phone-hint',
    oninput: () => typed(),
  });
  const payer = h('div', { id: 'payer', 'aria-live': 'polite' });
  const { dialog, button } = openDialog({
    title: t('invoiceTitle', { amount: formatMoney(amount) }),
    submitText: t('findCustomer'),
    fields: [field, h('p', { class: 'soft', id: 'phone-hint' }, t('phoneHint')), payer],
    async submit(_values, fail) {
      const digits = phoneDigits(input.value);
      if (!isWholePhone(digits)) return fail(t('phoneBad'), 'phone');
      if (found === digits) {
        startPayment('invoice', undefined, { phone: `+7${digits}` });
        return true;
      }
      const deviceId = chosenDevice();
      const asked = new URLSearchParams({ phone: `+7${digits}`, ...(deviceId === undefined ? {} : { deviceId }) });
      try {
        const { clientName } = await get(`/v1/payers?${asked}`);
        if (phoneDigits(input.value) !== digits) return false;
        found = digits;
        show(clientName);
        return false;
      } catch (error) {
        return fail(problemOf(error), 'phone');
      }
    },
  });
  const input = dialog.querySelector('#phone');
  const typed = () => {
    const digits = phoneDigits(input.value);
    // Somebody who corrects a digit in the middle is left alone.
    if (input.selectionStart === input.value.length) input.value = digits === '' ? '+7 ' : formatPhone(digits);
    if (found !== undefined && digits !== found) show(undefined);
  };
  const show = (clientName) => {
    if (clientName === undefined) found = undefined;
    button.textContent =
      clientName === undefined ? t('findCustomer') : t('sendInvoice', { amount: formatMoney(amount) });
    fill(
      payer,
      clientName !== undefined &&
        h(
          'p',
          { class: 'note payer' },
          icon(ICONS.phone, 22),
          h('span', {}, h('b', {}, clientName), h('small', {}, t('invoiceCheckName'))),
        ),
    );
  };
  input.focus();
  input.setSelectionRange(input.value.length, input.value.length);
}
