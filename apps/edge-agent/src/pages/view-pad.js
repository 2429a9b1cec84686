import { startPayment, tryAgain } from './actions.js';
import { h, ICONS, icon } from './dom.js';
import { openInvoiceDialog } from './invoice-dialog.js';
import { formatMoney, isWholeTenge, toAmount } from './money.js';
import { t } from './preferences.js';
import { beginRefunding } from './refunding.js';
import { chooseDevice, chosenDevice, devicesToChoose, isHubAway, isOffered, state, update } from './store.js';
import { refusalView } from './view-refusal.js';
import { paymentRow } from './view-rows.js';

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', ',', '0', 'erase'];

const STARTING = { terminal: 'startingTerminal', invoice: 'sendingInvoice' };

/** The pad: an amount, and a button for each way of paying. */
export function padView() {
  if (state.intent?.kind === 'payment') return askingView();
  const amount = toAmount(state.typed);
  return h(
    'div',
    { class: 'columns' },
    h(
      'section',
      { class: 'card pad', 'aria-label': t('charge') },
      state.refusal && refusalView(state.refusal, retryButton()),
      h('h1', { class: 'spoken' }, t('charge')),
      h(
        'div',
        { class: state.typed.length > 7 ? 'typed long' : 'typed', id: 'typed' },
        h('output', { 'aria-label': t('amount') }, typedText(state.typed)),
        h('small', {}, t('amountHint')),
      ),
      h(
        'div',
        { class: 'keys' },
        KEYS.map((key) =>
          h(
            'button',
            {
              type: 'button',
              id: `key-${key}`,
              'aria-label': key === 'erase' ? t('erase') : undefined,
              onclick: () => press(key),
            },
            key === 'erase' ? icon(ICONS.erase, 28) : key,
          ),
        ),
      ),
      deviceChoice(),
      h('div', { class: 'ways' }, waysView(amount)),
      h('div', { class: 'field' }, h('label', { for: 'orderId' }, t('orderId')), orderInput()),
    ),
    recentView(),
  );
}

/** Keys of a keyboard that belong to the pad; true when one was taken. */
export function padKey(event) {
  if (state.intent) return false;
  if (/^[0-9]$/.test(event.key)) press(event.key);
  else if (event.key === ',' || event.key === '.') press(',');
  else if (event.key === 'Backspace') press('erase');
  else if (event.key === 'Escape' || event.key === 'Delete') update({ typed: '', refusal: undefined });
  else if (event.key === 'Enter') firstWay()?.start();
  else return false;
  return true;
}

export function typedText(typed) {
  const [whole, decimals] = typed.split(',');
  const grouped = (whole === '' ? '0' : whole).replace(/\B(?=(\d{3})+$)/g, '\u00a0');
  return `${grouped}${decimals === undefined ? '' : `,${decimals}`}\u00a0₸`;
}

function press(key) {
  const { typed } = state;
  const [whole, decimals] = typed.split(',');
  let next = typed;
  if (key === 'erase') next = typed.slice(0, -1);
  else if (key === ',') next = decimals === undefined ? `${whole || '0'},` : typed;
  else if (decimals === undefined) next = whole === '0' ? key : whole.length < 7 ? typed + key : typed;
  else next = decimals.length < 2 ? typed + key : typed;
  update({ typed: next, refusal: undefined });
}

function waysOf(amount) {
  const terminals = state.terminals.map((terminal) => ({
    id: `terminal-${terminal.id}`,
    drawing: ICONS.terminal,
    name: state.terminals.length === 1 ? t('payTerminal') : t('payTerminalNamed', { id: terminal.id }),
    trouble:
      terminal.state !== 'ready'
        ? t(`terminal_${terminal.state}`)
        : amount !== undefined && !isWholeTenge(amount)
          ? t('wholeOnly')
          : undefined,
    start: () => startPayment('terminal', terminal.id),
  }));
  const byHub = (method, drawing, name) => ({
    id: method,
    drawing,
    name,
    trouble: hubTrouble(method),
    start: () => (method === 'invoice' ? openInvoiceDialog(amount) : startPayment(method)),
  });
  return [
    byHub('qr', ICONS.qr, t('payQr')),
    ...terminals,
    byHub('link', ICONS.link, t('payLink')),
    byHub('invoice', ICONS.bill, t('payInvoice')),
  ];
}

function hubTrouble(method) {
  if (isHubAway()) return t('terminal_unreachable');
  if (!isOffered(method)) return t('notOffered');
  return needsDevice() ? t('chooseDevice') : undefined;
}

function needsDevice() {
  return devicesToChoose().length > 0 && chosenDevice() === undefined;
}

function firstWay() {
  return waysOf(toAmount(state.typed)).find((way) => way.trouble === undefined);
}

function waysView(amount) {
  const first = firstWay();
  return waysOf(amount).map((way) =>
    h(
      'button',
      {
        type: 'button',
        id: `way-${way.id}`,
        class: `button large${way.id === first?.id ? ' primary' : ''}`,
        disabled: amount === undefined || way.trouble !== undefined || state.isAgentAway,
        onclick: way.start,
      },
      icon(way.drawing),
      h('span', {}, way.name, way.trouble !== undefined && h('small', {}, way.trouble)),
    ),
  );
}

/** At which of the agent's tills the money is taken; terminals are chosen by their buttons. */
function deviceChoice() {
  const devices = devicesToChoose();
  if (devices.length === 0) return undefined;
  const nothing = h('option', { value: '', disabled: true, selected: chosenDevice() === undefined }, t('chooseDevice'));
  return h(
    'div',
    { class: 'field' },
    h('label', { for: 'device' }, t('device')),
    h(
      'select',
      { id: 'device', onchange: (event) => chooseDevice(event.target.value) },
      nothing,
      devices.map(({ deviceId, tradePointName }) =>
        h(
          'option',
          { value: deviceId, selected: deviceId === chosenDevice() },
          [deviceId, tradePointName].filter(Boolean).join(' · '),
        ),
      ),
    ),
  );
}

function orderInput() {
  return h('input', {
    id: 'orderId',
    value: state.orderId,
    maxlength: 64,
    autocomplete: 'off',
    oninput: (event) => {
      state.orderId = event.target.value;
    },
  });
}

function recentView() {
  return h(
    'section',
    { class: 'card recent' },
    h('h2', {}, t('recent')),
    state.recent.length === 0
      ? h('p', { class: 'soft' }, t('nothingYet'))
      : h('ul', { class: 'rows' }, state.recent.slice(0, 7).map(paymentRow)),
    h('a', { class: 'button quiet', href: '#/history' }, t('allHistory')),
    state.offer.refunds === 'with_customer' &&
      h(
        'button',
        {
          type: 'button',
          id: 'begin-refund',
          class: 'button quiet',
          disabled: needsDevice(),
          onclick: () => beginRefunding(),
        },
        icon(ICONS.returned, 20),
        t('refundWithCustomer'),
      ),
  );
}

/** From the press of the button until the agent's answer. */
function askingView() {
  const { body } = state.intent;
  return h(
    'section',
    { class: 'card panel asking' },
    h('div', { class: 'spinner big', 'aria-hidden': 'true' }),
    h('p', { class: 'amount' }, formatMoney(body.amount)),
    h('h1', {}, t(STARTING[body.method] ?? 'starting')),
    state.isIntentLate && h('p', { class: 'note warn' }, t('asking')),
  );
}

function retryButton() {
  const { retry, intent } = state.refusal;
  if (retry !== 'after' || intent?.kind !== 'payment') return undefined;
  return h('button', { type: 'button', class: 'button', id: 'retry', onclick: () => tryAgain(intent) }, t('tryAgain'));
}
