import { search, setHistory } from './actions.js';
import { h } from './dom.js';
import { t } from './preferences.js';
import { state } from './store.js';
import { paymentRow } from './view-rows.js';

const FILTERS = ['', 'paid', 'unknown', 'failed', 'expired', 'cancelled'];

/** All payments of this agent, found by the receipt's number or by status. */
export function historyView() {
  const { query, status, payments, nextCursor, isLoaded } = state.history;
  return h(
    'section',
    { class: 'card history' },
    h('h1', {}, t('history')),
    h(
      'form',
      {
        class: 'with-button',
        role: 'search',
        onsubmit: (event) => {
          event.preventDefault();
          void search();
        },
      },
      h(
        'div',
        { class: 'field' },
        h('label', { for: 'query' }, t('searchOrder')),
        h('input', {
          id: 'query',
          type: 'search',
          value: query,
          maxlength: 64,
          autocomplete: 'off',
          oninput: (event) => {
            state.history.query = event.target.value;
          },
        }),
      ),
      h('button', { class: 'button' }, t('search')),
    ),
    h(
      'div',
      { class: 'filters' },
      FILTERS.map((one) =>
        h(
          'button',
          {
            type: 'button',
            id: `filter-${one || 'all'}`,
            class: 'button',
            'aria-pressed': String(one === status),
            onclick: () => {
              setHistory({ status: one });
              void search();
            },
          },
          one === '' ? t('filterAll') : t(`status_${one}`),
        ),
      ),
    ),
    payments.length > 0
      ? h('ul', { class: 'rows' }, payments.map(paymentRow))
      : h('p', { class: 'soft empty' }, isLoaded ? t('nothingFound') : ''),
    nextCursor &&
      h('button', { type: 'button', class: 'button', id: 'more', onclick: () => void search(true) }, t('more')),
  );
}
