import { call } from './api.js';
import { byId, make, notify } from './dom.js';
import { findForm } from './invoice-part.js';
import { refundInstead } from './offer.js';
import { showAmount, showMoment, text, word } from './words.js';

/** Open cases: what a person must look at, taken and closed with a reason. */
export function createCases({ openPayment, person, agentName, changed }) {
  let closing;
  /** The case of a lost invoice whose form is open. */
  let finding;
  const run = (work) => work().then(changed, (error) => notify(error.message || text('noAnswer')));
  const closeForm = (one) => {
    const reason = make('input', { required: true, maxlength: '500', 'aria-label': text('caseReason') });
    return make(
      'form',
      {
        class: 'form',
        onsubmit: (event) => {
          event.preventDefault();
          closing = undefined;
          run(() => call(`/cases/${one.id}/close`, { body: { reason: reason.value } }));
        },
      },
      make('label', {}, text('caseReason'), reason),
      make('div', { class: 'buttons' }, make('button', { type: 'submit' }, text('caseClose'))),
    );
  };
  const card = (one, redraw) =>
    make(
      'li',
      { class: 'case' },
      make(
        'div',
        { class: 'case-head' },
        make('b', {}, word('case', one.kind)),
        one.amount ? make('b', {}, showAmount(one.amount)) : undefined,
      ),
      make(
        'p',
        { class: 'soft small' },
        [
          showMoment(one.openedAt),
          one.agentId ? agentName(one.agentId) : undefined,
          one.owner ? text('caseOwner', one.owner) : undefined,
        ]
          .filter(Boolean)
          .join(' · '),
      ),
      one.detail.phone ? make('p', { class: 'small' }, text('invoicePhone', one.detail.phone)) : undefined,
      one.kind === 'late_money' && refundInstead() ? make('p', { class: 'small' }, text(refundInstead())) : undefined,
      make(
        'div',
        { class: 'case-tools' },
        one.paymentId
          ? make(
              'button',
              { class: 'quiet', type: 'button', onclick: () => openPayment(one.paymentId) },
              text('openPayment'),
            )
          : undefined,
        one.kind === 'invoice_unanswered' && one.paymentId
          ? make(
              'button',
              {
                class: 'quiet',
                type: 'button',
                'aria-expanded': String(finding === one.id),
                onclick: () => {
                  closing = undefined;
                  finding = finding === one.id ? undefined : one.id;
                  redraw();
                },
              },
              text('invoiceFindButton'),
            )
          : undefined,
        one.owner === person()
          ? undefined
          : make(
              'button',
              {
                class: 'quiet',
                type: 'button',
                onclick: () => run(() => call(`/cases/${one.id}/assign`, { body: { owner: person() } })),
              },
              text('caseTake'),
            ),
        make(
          'button',
          {
            class: 'quiet',
            type: 'button',
            'aria-expanded': String(closing === one.id),
            onclick: () => {
              finding = undefined;
              closing = closing === one.id ? undefined : one.id;
              redraw();
            },
          },
          text('caseClose'),
        ),
      ),
      closing === one.id ? closeForm(one) : undefined,
      finding === one.id ? findForm(one.paymentId, { done: found }) : undefined,
    );
  const found = () => {
    finding = undefined;
    changed();
  };
  return {
    draw(cases) {
      const list = byId('cases');
      if (!list) return;
      // What somebody is typing is not taken away by news.
      if (
        list.querySelector('form')?.contains(document.activeElement) &&
        cases.some((one) => one.id === closing || one.id === finding)
      )
        return;
      const redraw = () => {
        list.replaceChildren(
          ...(cases.length === 0
            ? [make('p', { class: 'empty' }, text('noCases'))]
            : cases.map((one) => card(one, redraw))),
        );
        list.querySelector('form input')?.focus();
      };
      redraw();
    },
  };
}
