import { act } from './actions.js';
import { h, ICONS, icon } from './dom.js';
import { formatMoney } from './money.js';
import { formatPhone, phoneDigits } from './phone-number.js';
import { formatTime, t } from './preferences.js';
import { state } from './store.js';
import { reasonNote } from './view-code.js';

/** When each view of a payment said that the bank may be asked again, by this computer's clock. */
const readyAt = new WeakMap();

/** The invoice lies with the customer; the bank tells nothing by itself, so a person asks. */
export function invoicePanel(payment) {
  return h(
    'section',
    { class: 'card panel confirming' },
    h('div', { class: 'big-icon' }, icon(ICONS.phone, 72)),
    h('p', { class: 'amount' }, formatMoney(payment.amount)),
    h('h1', {}, t('invoiceSent')),
    payer(payment),
    h('p', { class: 'soft' }, t('invoiceSentHint')),
    payment.expiresAt && h('p', { class: 'soft' }, t('invoiceUntil', { time: formatTime(payment.expiresAt) })),
    reasonNote(payment),
  );
}

export function payer({ payerName, phone }) {
  if (!phone) return undefined;
  return h('p', { class: 'payer-line' }, payerName && h('b', {}, payerName), ' ', formatPhone(phoneDigits(phone)));
}

/** "Ask again", with the seconds until it is allowed (`tick` in till.js). */
export function refreshButton(payment) {
  if (payment.refreshableInS === undefined) return undefined;
  if (!readyAt.has(payment)) readyAt.set(payment, Date.now() + payment.refreshableInS * 1000);
  return h(
    'button',
    {
      type: 'button',
      id: 'refresh',
      class: 'button large primary',
      disabled: state.isBusy,
      'data-ready-at': readyAt.get(payment),
      'data-busy': state.isBusy,
      onclick: () => act('refresh'),
    },
    icon(ICONS.again, 22),
    h('span', {}, t('askBank'), h('small', { class: 'wait', hidden: true }, '')),
  );
}

/** The button is dead while the bank may not be asked; the rest of the time is said on it. */
export function tickRefresh(button) {
  const seconds = Math.ceil((Number(button.dataset.readyAt) - Date.now()) / 1000);
  const wait = button.querySelector('.wait');
  const text = seconds > 0 ? t('askBankIn', { seconds: String(seconds) }) : '';
  if (wait.textContent === text) return;
  wait.textContent = text;
  wait.hidden = text === '';
  button.disabled = seconds > 0 || button.dataset.busy !== undefined;
}

/** Whether the invoice can be withdrawn, also once more where the bank did not confirm it. */
export function isWithdrawable(payment) {
  if (payment.method !== 'invoice' || payment.final) return false;
  return ['created', 'awaiting_confirmation'].includes(payment.status) || payment.statusReason === 'cancel_unconfirmed';
}
