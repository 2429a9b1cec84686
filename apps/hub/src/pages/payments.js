import { call } from './api.js';
import { byId, make, notify } from './dom.js';
import { STATUSES, tone } from './tones.js';
import { showAmount, showTime, text, word } from './words.js';

const PAGE_SIZE = 50;

/** The list of payments: filters, pages, and live changes in place. */
export function createPayments({ open, agentName }) {
  const filter = { status: '', agentId: '', text: '' };
  let payments = [];
  let cursor;
  let ticket = 0;
  let fresh = new Set();

  const query = (more = {}) => {
    const members = Object.entries({ ...filter, limit: String(PAGE_SIZE), ...more }).filter(([, value]) => value);
    return new URLSearchParams(members).toString();
  };
  const load = async ({ append = false } = {}) => {
    const mine = ++ticket;
    const page = await call(`/payments?${query(append ? { cursor } : {})}`);
    if (mine !== ticket) return;
    payments = append ? [...payments, ...page.payments] : page.payments;
    cursor = page.nextCursor;
    draw();
  };
  const reread = async (id) => {
    const known = payments.findIndex((payment) => payment.id === id);
    // A new one, or one that a filter may let in or out: the first page tells.
    if (known < 0 || filter.status || filter.text) return load();
    const payment = await call(`/payments/${id}`);
    const at = payments.findIndex((one) => one.id === id);
    if (at < 0 || payments[at].version > payment.version) return undefined;
    payments = payments.with(at, payment);
    fresh.add(id);
    draw();
    return undefined;
  };
  const draw = () => {
    const rows = byId('payments');
    if (!rows) return;
    const focused = document.activeElement?.dataset?.id;
    rows.replaceChildren(
      ...(payments.length === 0 ? [make('p', { class: 'empty' }, text('noPayments'))] : payments.map(row)),
    );
    fresh = new Set();
    byId('more').hidden = cursor === undefined;
    if (focused) rows.querySelector(`[data-id="${focused}"]`)?.focus();
  };
  const row = (payment) =>
    make(
      'button',
      {
        class: fresh.has(payment.id) ? 'row fresh' : 'row',
        type: 'button',
        'data-id': payment.id,
        onclick: () => open(payment.id),
      },
      make(
        'span',
        { class: 'where' },
        agentName(payment.agentId),
        payment.orderId ? make('span', { class: 'soft small' }, ` · ${payment.orderId}`) : undefined,
      ),
      make('span', { class: 'amount' }, showAmount(payment.amount)),
      make(
        'span',
        { class: 'about' },
        make('span', { class: 'when' }, showTime(payment.createdAt)),
        make('span', { class: 'how' }, word('method', payment.method)),
      ),
      make('span', { class: 'status' }, ...statusOf(payment)),
    );
  const statusOf = (payment) => {
    const badge = make('span', { class: `badge ${tone(payment.status)}` }, word('status', payment.status));
    if (Number(payment.refundedAmount) === 0) return [badge];
    const note = make('span', { class: 'soft small' }, text('refunded', showAmount(payment.refundedAmount)));
    return [badge, note];
  };
  const later = (run) => run().catch((error) => notify(error.message || text('noAnswer')));
  const select = (name, label, first, options) =>
    make(
      'label',
      {},
      text(label),
      make(
        'select',
        {
          id: `filter-${name}`,
          onchange: (event) => {
            filter[name] = event.target.value;
            later(load);
          },
        },
        make('option', { value: '' }, text(first)),
        ...options.map(([value, shown]) => make('option', { value, selected: filter[name] === value }, shown)),
      ),
    );
  let typing;
  return {
    load,
    isFirstPage: () => payments.length <= PAGE_SIZE,
    reread,
    panel: (agents) =>
      make(
        'section',
        { class: 'panel', 'aria-label': text('payments') },
        make('h2', {}, text('payments')),
        make(
          'div',
          { class: 'filters' },
          make(
            'label',
            { class: 'wide' },
            text('searchLabel'),
            make('input', {
              type: 'search',
              placeholder: text('search'),
              value: filter.text,
              maxlength: '100',
              oninput: (event) => {
                filter.text = event.target.value.trim();
                clearTimeout(typing);
                typing = setTimeout(() => later(load), 300);
              },
            }),
          ),
          select(
            'status',
            'statusLabel',
            'anyStatus',
            STATUSES.map((status) => [status, word('status', status)]),
          ),
          select(
            'agentId',
            'agentLabel',
            'anyAgent',
            agents.map((agent) => [agent.id, agent.name]),
          ),
        ),
        make('div', { id: 'payments', class: 'rows' }),
        make(
          'button',
          {
            id: 'more',
            class: 'quiet more',
            type: 'button',
            hidden: true,
            onclick: () => later(() => load({ append: true })),
          },
          text('more'),
        ),
      ),
    draw,
  };
}
