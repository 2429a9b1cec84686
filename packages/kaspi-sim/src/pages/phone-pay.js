import { clockTime, make, minutes, tenge } from './page-kit.js';
import { KINDS, METHODS, RESULTS } from './phone-words.js';

/** One purchase on the phone: what to pay and how, or how it ended. `act(word, body)` calls the control API. */
export function showPurchase(purchase, act) {
  const isOpen = purchase.phase === 'created' || purchase.phase === 'waiting';
  return [...(isOpen ? paying(purchase, act) : ended(purchase)), backstage(purchase, act)];
}

/** Only the remaining time changes from second to second. */
export function showTimeLeft(root, purchase, longestMs) {
  const left = root.querySelector('[data-left]');
  if (!left || purchase.leftMs === undefined) return;
  left.textContent = minutes(purchase.leftMs);
  const bar = root.querySelector('progress');
  if (bar) bar.value = Math.min(1, purchase.leftMs / Math.max(longestMs, 1));
}

function seller(purchase) {
  const shop = purchase.tradePointName || purchase.organizationName;
  return make(
    'div',
    { className: 'seller' },
    make('span', { className: 'avatar', 'aria-hidden': 'true' }, shop.slice(0, 1)),
    make('b', {}, shop),
    make('span', { className: 'soft' }, purchase.organizationName),
    purchase.comment && make('span', { className: 'soft' }, `«${purchase.comment}»`),
    make('p', { className: 'amount' }, tenge(purchase.amount)),
  );
}

function paying(purchase, act) {
  const isInvoice = purchase.kind === 'invoice';
  const form = make(
    'form',
    {
      className: 'deeds',
      onsubmit: (event) => {
        event.preventDefault();
        void act('confirm', { method: new FormData(event.target).get('method') ?? 'Gold' });
      },
    },
    methods(purchase.paymentMethods),
    make(
      'div',
      { className: 'countdown' },
      make(
        'span',
        {},
        isInvoice ? 'Счёт действует ещё · Шот мерзімі ' : 'Подтвердите за · Растаңыз ',
        make('b', { data: { left: '' } }),
      ),
      isInvoice ? undefined : make('progress', { max: '1', value: '1', 'aria-hidden': 'true' }),
    ),
    make('button', { className: 'primary' }, 'Оплатить · Төлеу'),
    make('button', { type: 'button', onclick: () => void act('decline') }, 'Отказаться · Бас тарту'),
  );
  return [seller(purchase), form];
}

function methods(names) {
  const choices = names.map((name, index) => {
    const [title, about] = METHODS[name] ?? [name, ''];
    const radio = make('input', { type: 'radio', name: 'method', value: name, checked: index === 0 });
    return make(
      'label',
      {},
      radio,
      make('span', {}, make('b', {}, title), make('small', { className: 'soft' }, about)),
    );
  });
  return make('fieldset', { className: 'methods' }, make('legend', {}, 'Чем платить · Төлем тәсілі'), ...choices);
}

function ended(purchase) {
  const [glyph, tone, ru, kk] = RESULTS[purchase.phase] ?? ['?', '', purchase.status, ''];
  const result = make(
    'div',
    { className: 'result', role: 'status' },
    make('span', { className: `glyph ${tone}`, 'aria-hidden': 'true' }, glyph),
    make('h2', {}, ru),
    make('p', { className: 'soft', lang: 'kk' }, kk),
    make('p', { className: 'amount' }, tenge(purchase.chargedAmount ?? purchase.amount)),
  );
  const facts = [
    ['Магазин · Дүкен', purchase.tradePointName],
    ['Чем · Тәсіл', purchase.method ? (METHODS[purchase.method]?.[0] ?? purchase.method) : undefined],
    ['Время · Уақыты', clockTime(purchase.changedAt)],
    ['Операция', purchase.bankPaymentId],
    ...purchase.refunds.map((refund) => ['Возврат · Қайтару', `+${tenge(refund.amount)}, ${clockTime(refund.at)}`]),
  ].filter(([, text]) => text);
  const rows = facts.flatMap(([term, text]) => [
    make('dt', {}, term),
    make('dd', { className: text.startsWith('+') ? 'good' : undefined }, text),
  ]);
  return [result, make('dl', { className: 'facts' }, ...rows)];
}

/** What no customer can do: for testers, folded away. */
function backstage(purchase, act) {
  const button = (label, word, body) => make('button', { type: 'button', onclick: () => void act(word, body) }, label);
  const amountForm = (label, word) =>
    make(
      'form',
      {
        onsubmit: (event) => {
          event.preventDefault();
          void act(word, { amount: String(new FormData(event.target).get('amount')).replace(',', '.') });
        },
      },
      make('input', {
        name: 'amount',
        inputmode: 'decimal',
        pattern: '[0-9]+([.,][0-9]{1,2})?',
        placeholder: 'Сумма, ₸',
        required: true,
        'aria-label': `${label}, сумма в тенге`,
      }),
      make('button', {}, label),
    );
  const isOpen = purchase.phase === 'created' || purchase.phase === 'waiting';
  const hasLate = ['declined', 'unconfirmed', 'expired', 'discarded'].includes(purchase.phase);
  const deeds = [
    isOpen && button('Ошибка банка', 'error'),
    purchase.phase === 'created' && purchase.kind === 'qr' && button('Код убран', 'discard'),
    isOpen && amountForm('Списать другую', 'confirm'),
    hasLate && button('Поздний успех: деньги всё-таки списаны', 'late-confirm'),
    Number(purchase.availableReturn) > 0 && amountForm('Вернуть в Kaspi Pay', 'refund'),
  ];
  return make(
    'details',
    { className: 'backstage' },
    make('summary', {}, `За кулисами: ${KINDS[purchase.kind]}, банк отвечает «${purchase.status}»`),
    make('div', { className: 'wrap' }, ...deeds),
  );
}
