import { clockTime, make, minutes } from './page-kit.js';

/** Phase of a refund code → glyph, tone, Russian, Kazakh. */
const RESULTS = {
  created: ['…', '', 'Сканируем', 'Сканерлеу'],
  identified: ['✓', 'good', 'Продавец видит ваши покупки', 'Сатушы сатып алуларыңызды көріп тұр'],
  expired: ['⏱', 'bad', 'Код больше не действует', 'Код жарамсыз'],
  failed: ['✕', 'bad', 'Ошибка банка', 'Банк қатесі'],
  ended: ['⏱', 'bad', 'Время возврата вышло', 'Қайтару уақыты өтіп кетті'],
};

/** A refund code among the codes that wait for the customer. */
export function refundCard(code, open) {
  const shop = code.tradePointName;
  return make(
    'button',
    { type: 'button', className: 'purchase', onclick: () => open(code) },
    make('span', { className: 'avatar', 'aria-hidden': 'true' }, shop.slice(0, 1)),
    make('span', { className: 'shop' }, shop),
    make('span', { className: 'sum' }, 'Возврат'),
    make('span', { className: 'about' }, 'Показать себя продавцу · Қайтару'),
    make('span', { className: 'left', data: { leftOf: `refund-${code.qrReturnId}` } }),
  );
}

/** What the customer sees after the scan; the refund itself is the seller's deed. */
export function showRefundCode(code) {
  const [glyph, tone, ru, kk] = RESULTS[code.phase] ?? ['?', '', code.status, ''];
  const facts = [
    ['Магазин · Дүкен', code.tradePointName],
    ['Покупатель · Сатып алушы', code.customer],
    ['Время · Уақыты', clockTime(code.changedAt)],
    ['Код возврата', code.qrReturnId],
  ].filter(([, text]) => text);
  return [
    make(
      'div',
      { className: 'result', role: 'status' },
      make('span', { className: `glyph ${tone}`, 'aria-hidden': 'true' }, glyph),
      make('h2', {}, ru),
      make('p', { className: 'soft', lang: 'kk' }, kk),
      code.phase === 'identified' && make('p', { className: 'soft' }, 'Ещё · Тағы ', make('b', { data: { left: '' } })),
    ),
    make(
      'dl',
      { className: 'facts' },
      ...facts.flatMap(([term, text]) => [make('dt', {}, term), make('dd', {}, text)]),
    ),
    make('p', { className: 'soft backstage' }, `За кулисами: банк отвечает «${code.status}»`),
  ];
}

/** Only the time left changes from second to second. */
export function showRefundTimeLeft(root, code) {
  const left = root.querySelector('[data-left]');
  if (left && code.leftMs !== undefined) left.textContent = minutes(code.leftMs);
}
