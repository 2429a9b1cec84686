import { problemOf } from './actions.js';
import { post } from './api.js';
import { fill, h } from './dom.js';
import { t } from './preferences.js';
import { state } from './store.js';
import { refusalView } from './view-refusal.js';

/**
 * A dialog with a form. `submit(values, fail)` performs and resolves to true when it may close; `fail(text, fieldId)`
 * shows what is wrong, until something is typed. While it performs, a second press does nothing. `isRefund` where it is
 * about money going back.
 */
export function openDialog({ title, fields, submitText, submit, isRefund = false }) {
  let isBusy = false;
  const trouble = h('div', { 'aria-live': 'assertive' });
  const button = h('button', { class: 'button large primary', id: 'dialog-submit' }, submitText);
  const fail = (text, fieldId) => {
    fill(
      trouble,
      typeof text === 'string'
        ? h('p', { class: 'note bad', role: 'alert' }, text)
        : refusalView({ ...text, isRefund }),
    );
    if (fieldId) dialog.querySelector(`#${fieldId}`)?.focus();
    return false;
  };
  const form = h(
    'form',
    {
      method: 'dialog',
      novalidate: true,
      oninput: () => fill(trouble),
      onsubmit: async (event) => {
        event.preventDefault();
        if (isBusy) return;
        isBusy = true;
        button.disabled = true;
        fill(trouble);
        try {
          const values = Object.fromEntries(new FormData(form));
          if (await submit(values, fail)) dialog.close();
        } catch (error) {
          fail(problemOf(error));
        } finally {
          isBusy = false;
          button.disabled = false;
        }
      },
    },
    h('h2', { id: 'dialog-title' }, title),
    fields,
    trouble,
    h(
      'div',
      { class: 'actions' },
      button,
      h('button', { type: 'button', class: 'button large', onclick: () => dialog.close() }, t('back')),
    ),
  );
  const dialog = h('dialog', { 'aria-labelledby': 'dialog-title', onclose: () => dialog.remove() }, form);
  document.body.append(dialog);
  dialog.showModal();
  return { dialog, button, form };
}

export function textField(id, label, attributes = {}) {
  return h(
    'div',
    { class: 'field' },
    h('label', { for: id }, label),
    h('input', { id, name: id, autocomplete: 'off', ...attributes }),
  );
}

/** Who decides: a cashier of the list with a PIN. */
export function personFields() {
  return [
    h(
      'div',
      { class: 'field' },
      h('label', { for: 'by' }, t('cashier')),
      h(
        'select',
        { id: 'by', name: 'by' },
        state.cashiers.map((name) => h('option', { value: name }, name)),
      ),
    ),
    textField('pin', t('pin'), { type: 'password', inputmode: 'numeric', maxlength: 8 }),
  ];
}

/** Without cashiers nobody may give money back or decide: says what to do, and returns true. */
export function explainMissingPins() {
  if (state.cashiers.length > 0) return false;
  openDialog({
    title: t('noPinsTitle'),
    submitText: t('close'),
    fields: [h('p', {}, t('noPins')), h('code', {}, 'tolem-agent pin set --name … --scope refund,settle')],
    submit: async () => true,
  });
  return true;
}

/** Checks the PIN. Resolves to true when the person may go on. */
export async function unlock(values, fail) {
  if (!/^\d{4,8}$/.test(values.pin ?? '')) return fail(t('needPin'), 'pin');
  try {
    await post('/page/unlock', { cashier: values.by, pin: values.pin });
    return true;
  } catch (error) {
    return fail(problemOf(error), 'pin');
  }
}
