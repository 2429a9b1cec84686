import { call } from './api.js';
import { make } from './dom.js';
import { text } from './words.js';

/** What a person does about an invoice: has the bank asked, and finds one whose answer was lost. */
export function invoicePart(payment, { done }) {
  const parts = [lookAgain(payment, done), isLost(payment) ? findForm(payment.id, { done }) : undefined].filter(
    Boolean,
  );
  return parts.length === 0 ? undefined : make('section', {}, ...parts);
}

function isLost({ method, statusReason, final }) {
  return method === 'invoice' && statusReason === 'invoice_unanswered' && !final;
}

/** Nothing asks about an invoice by itself; of other payments only those that are held for a person. */
function lookAgain(payment, done) {
  const isHeld = payment.status === 'unknown' || payment.status === 'expired' || payment.status === 'cancelled';
  if (!payment.refreshable || (payment.method !== 'invoice' && !isHeld)) return undefined;
  const fault = make('p', { class: 'form-fault', role: 'alert' });
  const button = make(
    'button',
    {
      type: 'button',
      class: 'look-again',
      onclick: async () => {
        button.disabled = true;
        fault.textContent = '';
        try {
          await call(`/payments/${payment.id}/refresh`, { body: {} });
          done();
        } catch (error) {
          fault.textContent = error.message || text('noAnswer');
          button.disabled = false;
        }
      },
    },
    text('lookAgain'),
  );
  wait(button, payment.refreshableInS ?? 0);
  return make('div', {}, button, fault);
}

/** The bank may be asked once in half a minute; the button says how long that still is. */
function wait(button, seconds) {
  button.disabled = seconds > 0;
  button.textContent = seconds > 0 ? text('lookAgainIn', seconds) : text('lookAgain');
  if (seconds > 0) setTimeout(() => (button.isConnected ? wait(button, seconds - 1) : undefined), 1000);
}

/** The invoice went out and its answer was lost: a person finds it at the bank by our number, or is sure that it is not there. */
export function findForm(paymentId, { done }) {
  const number = make('input', { inputmode: 'numeric', autocomplete: 'off', maxlength: '19' });
  const reason = make('input', { maxlength: '500' });
  const fault = make('p', { class: 'form-fault', role: 'alert' });
  const button = (outcome) =>
    make(
      'button',
      { class: outcome === 'found' ? '' : 'quiet', type: 'submit', value: outcome },
      text(outcome === 'found' ? 'invoiceFound' : 'invoiceAbsent'),
    );
  return make(
    'form',
    {
      class: 'form',
      onsubmit: async (event) => {
        event.preventDefault();
        const isFound = event.submitter.value === 'found';
        const bankPaymentId = number.value.replaceAll(/\s/g, '');
        if (isFound && !/^[1-9]\d{0,18}$/.test(bankPaymentId)) {
          fault.textContent = text('invoiceNumberNeeded');
          return number.focus();
        }
        if (!isFound && reason.value.trim() === '') {
          fault.textContent = text('invoiceReasonNeeded');
          return reason.focus();
        }
        try {
          const body = isFound
            ? { outcome: 'found', bankPaymentId }
            : { outcome: 'not_found', reason: reason.value.trim() };
          await call(`/payments/${paymentId}/resolve-invoice`, { body });
          done();
        } catch (error) {
          fault.textContent = error.message || text('noAnswer');
        }
      },
    },
    make('p', {}, text('invoiceFind')),
    make('p', { class: 'mono' }, paymentId),
    make('label', {}, text('invoiceNumber'), number),
    make('label', {}, text('invoiceReason'), reason),
    fault,
    make('div', { class: 'buttons' }, button('found'), button('not_found')),
  );
}
