import { call } from './api.js';
import { make, newKey } from './dom.js';
import { showAmount, showTime, text } from './words.js';

/**
 * A refund: the amount, why, and the amount typed again. One key belongs to one form: pressing again after a lost answer
 * asks for the same refund, never for a second one.
 */
export function refundForm(payment, { done, cancel }) {
  const key = newKey();
  const field = (value) =>
    make('input', { inputmode: 'decimal', autocomplete: 'off', required: true, maxlength: '16', value });
  const amount = field(payment.refundableAmount.replace(/\.00$/, '').replace('.', ','));
  const typed = field('');
  const reason = make('input', { required: true, maxlength: '300' });
  const fault = make('p', { class: 'form-fault', role: 'alert' });
  const send = make('button', { type: 'submit', class: 'danger', disabled: true });
  const wanted = () => readAmount(amount.value);
  const check = () => {
    const sum = wanted();
    const isRight = sum !== undefined && isWithin(sum, payment.refundableAmount);
    send.disabled = !isRight || readAmount(typed.value) !== sum || reason.value.trim() === '';
    send.textContent = text('refundSend', isRight ? showAmount(sum) : '…');
  };
  for (const input of [amount, typed, reason]) input.addEventListener('input', check);
  check();
  const lock = (isLocked) => {
    for (const input of [amount, typed, reason]) input.readOnly = isLocked;
    send.disabled = isLocked;
  };
  return make(
    'form',
    {
      class: 'form',
      onsubmit: async (event) => {
        event.preventDefault();
        lock(true);
        fault.textContent = '';
        try {
          const body = { amount: wanted(), reason: reason.value.trim() };
          await call(`/payments/${payment.id}/refunds`, { body, key });
          done();
        } catch (error) {
          const isUnsure = error.money !== 'none';
          fault.textContent = error.message || text('refundUnsure');
          if (isUnsure) send.disabled = false;
          else lock(false);
        }
      },
    },
    make('p', { class: 'soft' }, text('refundLeft', showAmount(payment.refundableAmount))),
    payment.source === 'edge' ? make('p', { class: 'soft' }, text('refundAtTerminal')) : undefined,
    make('label', {}, text('refundAmount'), amount),
    make('label', {}, text('refundReason'), reason),
    make('label', {}, text('refundTyped'), typed),
    fault,
    make(
      'div',
      { class: 'buttons' },
      send,
      make('button', { class: 'quiet', type: 'button', onclick: cancel }, text('refundCancel')),
    ),
  );
}

/** Where a refund that was asked of an agent stands: it can be taken back until the agent has claimed it. */
export function commandPart(refund, { done }) {
  const { command } = refund;
  if (refund.status === 'unknown' && refund.source === 'edge') return make('p', {}, text('settleAtTill'));
  if (command?.state !== 'pending') return undefined;
  const fault = make('p', { class: 'form-fault', role: 'alert' });
  const cancel = make(
    'button',
    {
      class: 'quiet',
      type: 'button',
      onclick: async () => {
        cancel.disabled = true;
        try {
          await call(`/refunds/${refund.id}/cancel`, { body: {} });
        } catch (error) {
          fault.textContent = error.message || text('noAnswer');
        }
        done();
      },
    },
    text('commandCancel'),
  );
  return make(
    'div',
    {},
    make('p', { class: 'soft' }, text('commandWaits', showTime(command.expiresAt))),
    fault,
    make('div', { class: 'buttons' }, cancel),
  );
}

/** A person has looked at the bank and tells how an unknown refund ended. */
export function settleForm(refund, { done }) {
  const reason = make('input', { required: true, maxlength: '300' });
  const fault = make('p', { class: 'form-fault', role: 'alert' });
  const settle = (outcome) =>
    make(
      'button',
      { class: outcome === 'confirmed' ? '' : 'quiet', type: 'submit', value: outcome },
      text(outcome === 'confirmed' ? 'settleConfirmed' : 'settleDeclined'),
    );
  return make(
    'form',
    {
      class: 'form',
      // Enter would press the first button: how it ended is chosen, never guessed.
      onkeydown: (event) => {
        if (event.key === 'Enter' && event.target === reason) event.preventDefault();
      },
      onsubmit: async (event) => {
        event.preventDefault();
        try {
          const body = { outcome: event.submitter.value, reason: reason.value.trim() };
          await call(`/refunds/${refund.id}/settle`, { body });
          done();
        } catch (error) {
          fault.textContent = error.message || text('noAnswer');
        }
      },
    },
    make('p', {}, text('settleTitle')),
    make('label', {}, text('settleReason'), reason),
    fault,
    make('div', { class: 'buttons' }, settle('confirmed'), settle('declined')),
  );
}

/** `1 500,5` → `1500.50`; nothing where it is no amount. Text all the way: amounts are never computed with here. */
export function readAmount(given) {
  const match = /^(\d{1,13})(?:[.,](\d{1,2}))?$/.exec(given.replaceAll(/[\s\u00a0]/g, ''));
  if (!match) return undefined;
  const tenge = match[1].replace(/^0+(?=\d)/, '');
  return `${tenge}.${(match[2] ?? '').padEnd(2, '0')}`;
}

function isWithin(amount, limit) {
  const tiyn = (decimal) => BigInt(decimal.replace('.', ''));
  return tiyn(amount) > 0n && tiyn(amount) <= tiyn(limit);
}
