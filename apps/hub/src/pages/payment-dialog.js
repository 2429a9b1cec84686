import { call } from './api.js';
import { make, notify } from './dom.js';
import { invoicePart } from './invoice-part.js';
import { refundInstead, refundsHere } from './offer.js';
import { commandPart, refundForm, settleForm } from './refund-form.js';
import { tone } from './tones.js';
import { showAmount, showMoment, text, word } from './words.js';

/** One payment in full: what it is, its refunds, a new refund, its history. Follows live changes while it is open. */
export function createPaymentDialog({ agentName }) {
  const dialog = make('dialog', { 'aria-label': text('payments') });
  document.body.append(dialog);
  let openId;
  let isRefunding = false;
  dialog.addEventListener('close', () => {
    openId = undefined;
    isRefunding = false;
  });
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog && !isRefunding) dialog.close();
  });

  const show = async (id) => {
    const payment = await call(`/payments/${id}`);
    if (openId !== id) return;
    // A form that somebody is filling in stays as it is.
    if (![...dialog.querySelectorAll('form')].some(isBeingFilled)) draw(payment);
  };
  const draw = (payment) => {
    dialog.replaceChildren(
      make(
        'div',
        { class: 'sheet' },
        make(
          'div',
          { class: 'sheet-head' },
          make(
            'div',
            {},
            make('h2', {}, showAmount(payment.amount)),
            make('p', { class: 'soft' }, `${word('method', payment.method)} · ${agentName(payment.agentId)}`),
          ),
          make('button', { class: 'quiet', type: 'button', onclick: () => dialog.close() }, text('close')),
        ),
        make('p', { class: `explain ${tone(payment.status)}` }, explain(payment)),
        make('dl', { class: 'facts' }, ...facts(payment)),
        invoicePart(payment, { done: () => again(payment) }),
        refundsPart(payment),
        make('section', {}, make('h3', {}, text('history')), timeline(payment)),
      ),
    );
  };
  const again = (payment) => {
    isRefunding = false;
    for (const form of dialog.querySelectorAll('form')) form.remove();
    show(payment.id).catch(fail);
  };
  const refundsPart = (payment) => {
    const forms = { done: () => again(payment), cancel: () => again(payment) };
    const start = make(
      'button',
      {
        type: 'button',
        onclick: () => {
          isRefunding = true;
          const form = refundForm(payment, forms);
          start.replaceWith(form);
          form.querySelector('input').focus();
          form.scrollIntoView({ block: 'nearest' });
        },
      },
      text('refundButton'),
    );
    const isWaiting = payment.refunds.some((refund) => UNDER_WAY.includes(refund.status));
    const isLeft = Number(payment.refundableAmount) > 0;
    const instead = payment.source === 'hub' ? refundInstead() : undefined;
    const isHeld = payment.late?.outcome === 'case';
    return make(
      'section',
      {},
      make('h3', {}, text('refunds')),
      ...(payment.refunds.length === 0
        ? [make('p', { class: 'soft' }, text('noRefunds'))]
        : payment.refunds.map((refund) => refundLine(refund, forms))),
      isLeft && isWaiting ? make('p', { class: 'soft' }, text('refundUnderWay')) : undefined,
      instead && (isLeft || isHeld) ? make('p', { class: 'soft' }, text(instead)) : undefined,
      isLeft && !isWaiting && !instead ? start : undefined,
    );
  };
  const fail = (error) => notify(error.message || text('noAnswer'));
  return {
    open(id) {
      openId = id;
      dialog.replaceChildren(make('div', { class: 'sheet' }, '…'));
      if (!dialog.open) dialog.showModal();
      show(id).catch((error) => {
        dialog.close();
        fail(error);
      });
    },
    changed(id) {
      if (id === openId) show(id).catch(fail);
    },
  };
}

/** One refund of a payment at a time: the next begins when these have ended. */
const UNDER_WAY = ['requested', 'approved', 'sent', 'unknown'];

const LATE_MAY_COME = ['expired', 'cancelled'];

function isBeingFilled(form) {
  const isTouched = [...form.querySelectorAll('input')].some((input) => input.value !== input.defaultValue);
  return isTouched || form.contains(document.activeElement);
}

function explain(payment) {
  const reason = payment.statusReason ? ` (${word('reason', payment.statusReason)})` : '';
  // Only under scheme 3 late money goes back by itself.
  const isHeld = payment.source === 'hub' && !refundsHere() && LATE_MAY_COME.includes(payment.status);
  const ofInvoice = payment.method === 'invoice' ? text('words').invoiced[payment.status] : undefined;
  const meaning = isHeld ? word('held', payment.status) : (ofInvoice ?? word('explain', payment.status));
  return `${word('status', payment.status)}${reason}. ${meaning}`;
}

function facts(payment) {
  const late = payment.late && `${showAmount(payment.late.amount)} · ${word('lateOutcome', payment.late.outcome)}`;
  const isOther = payment.amountPaid !== undefined && payment.amountPaid !== payment.amount;
  const shown = {
    id: payment.id,
    bankPaymentId: payment.bankPaymentId,
    payerName: payment.payerName,
    phone: payment.phone,
    orderId: payment.orderId,
    agentId: payment.agentId,
    [payment.method === 'terminal' ? 'terminalId' : 'deviceId']: payment.deviceId,
    organizationBin: payment.organizationBin,
    createdAt: showMoment(payment.createdAt),
    paidAt: payment.paidAt && showMoment(payment.paidAt),
    collectedAt: payment.collectedAt && showMoment(payment.collectedAt),
    amountPaid: isOther ? showAmount(payment.amountPaid) : undefined,
    refundedAmount: Number(payment.refundedAmount) > 0 ? showAmount(payment.refundedAmount) : undefined,
    late,
  };
  const names = text('fact');
  return Object.entries(shown)
    .filter(([, value]) => value)
    .map(([name, value]) =>
      make('div', {}, make('dt', {}, names[name]), make('dd', { class: /Id$|^id$/.test(name) ? 'mono' : '' }, value)),
    );
}

function refundLine(refund, forms) {
  const why = [refund.reason, showActor(refund.actor), refund.evidence && word('evidence', refund.evidence)];
  const cause = refund.statusReason && word('reason', refund.statusReason);
  const isAtTerminal = refund.source === 'edge' && refund.status === 'sent';
  return make(
    'div',
    { class: 'refund' },
    make(
      'div',
      { class: 'refund-line' },
      make('b', {}, showAmount(refund.amount)),
      make(
        'span',
        { class: `badge ${tone(refund.status)}` },
        word('refundStatus', isAtTerminal ? 'sent_to_terminal' : refund.status),
      ),
    ),
    make('p', { class: 'soft small' }, [showMoment(refund.createdAt), ...why, cause].filter(Boolean).join(' · ')),
    refund.status === 'unknown' && refund.source === 'hub' ? settleForm(refund, forms) : undefined,
    commandPart(refund, forms),
  );
}

function timeline(payment) {
  return make(
    'ol',
    { class: 'timeline' },
    ...payment.timeline.map((event) =>
      make(
        'li',
        {},
        make('span', {}, word('event', event.kind)),
        make('span', { class: 'soft small' }, `${showMoment(event.at)} · ${showActor(event.actor)}`),
        Object.keys(event.data).length > 0 ? make('span', { class: 'mono soft' }, showData(event.data)) : undefined,
      ),
    ),
  );
}

/** `agent:till-1/cashier` → `till-1/cashier`, `person:Aida` → `Aida`. */
function showActor(actor) {
  return /^(system|hub)\b/.test(actor) ? text('system') : actor.replace(/^(agent|person):/, '');
}

function showData(data) {
  return Object.entries(data)
    .map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ');
}
