import { clockTime, control, make, minutes, replaceWhenChanged, tenge } from './page-kit.js';

const POLL_MS = 1500;
const ROWS = 12;

const SOURCES = { qr: 'QR', link: 'ссылка', invoice: 'счёт', api: 'через API', elsewhere: 'в Kaspi Pay' };

const element = (id) => document.getElementById(id);

const PRESETS = [
  ['qr/create: ответ потерян', { where: 'bank', path: 'qr/create', kind: 'answer_lost' }],
  ['payment/return: ответ потерян', { where: 'bank', path: 'payment/return', kind: 'answer_lost' }],
  ['remote/create: ответ потерян', { where: 'bank', path: 'remote/create', kind: 'answer_lost' }],
  ['payment/return: −999 после возврата', { where: 'bank', path: 'payment/return', kind: 'code_after' }],
  ['status: незнакомое слово', { where: 'bank', path: 'payment/status', kind: 'word', word: 'SomethingNew' }],
  ['Банк: −999, 10 раз', { where: 'bank', path: '*', kind: 'code', statusCode: -999, times: 10 }],
  ['Банк молчит', { where: 'bank', path: '*', kind: 'hang', times: 'always' }],
  ['Три соединения оборваны до TLS', { where: 'bank', kind: 'tls_reset', times: 3 }],
  ['Банк отвечает через 5 с', { where: 'bank', path: '*', kind: 'delay', ms: 5000, times: 'always' }],
  ['Терминалы: ответ на оплату потерян', { where: '*', path: 'payment', kind: 'answer_lost' }],
];

function showScreens(terminals, purchases, refundCodes) {
  const waiting = purchases.filter((one) => one.phase === 'created' || one.phase === 'waiting');
  const codes = refundCodes.filter((one) => one.phase === 'created');
  const now = [
    waiting.length > 0 && `Ждут оплаты: ${waiting.length}`,
    codes.length > 0 && `Ждут возврата: ${codes.length}`,
  ];
  const tiles = [
    tile('/phone', 'Телефон покупателя', 'Сатып алушының телефоны', now.filter(Boolean).join(' · ')),
    ...terminals.map((one) =>
      tile(`/terminal/${one.id}`, `Терминал ${one.id}`, `Терминал, API ${one.api}`, stateOf(one)),
    ),
  ];
  replaceWhenChanged(element('screens'), tiles.map((one) => one.textContent).join('|'), () => tiles);
}

function stateOf(terminal) {
  if (!terminal.appRunning) return 'Приложение закрыто';
  if (terminal.process) return `${terminal.process.amountText} · ${minutes(terminal.process.leftMs)}`;
  return terminal.pairingRequest ? `Просит доступ: ${terminal.pairingRequest.name}` : '';
}

function tile(href, title, about, now) {
  return make(
    'a',
    { className: 'tile', href },
    make('b', {}, title),
    make('span', { className: 'soft' }, about),
    now && make('span', { className: 'now' }, now),
  );
}

function showTruth({ charges, refunds }) {
  const total = (moves) => tenge(decimal(moves));
  const key = `${charges.length}/${refunds.length}`;
  replaceWhenChanged(element('totals'), key, () => [
    make('div', {}, make('dt', {}, `Списано, ${charges.length}`), make('dd', {}, total(charges))),
    make('div', {}, make('dt', {}, `Возвращено, ${refunds.length}`), make('dd', {}, total(refunds))),
  ]);
  const moves = [...charges.map((one) => ({ ...one, sign: '' })), ...refunds.map((one) => ({ ...one, sign: '−' }))];
  const newest = moves.sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, ROWS);
  replaceWhenChanged(element('moves'), `m${key}`, () =>
    newest.length > 0 ? newest.map(moveRow) : [emptyRow(3, 'Денег ещё никто не платил')],
  );
}

/** The sum of amounts such as "1500.00", without floating point. */
function decimal(moves) {
  const tiyn = moves.reduce((total, one) => total + BigInt(one.amount.replace('.', '')), 0n);
  return `${tiyn / 100n}.${String(tiyn % 100n).padStart(2, '0')}`;
}

function moveRow(move) {
  const what = move.sign ? 'Возврат' : `Оплата · ${move.method}`;
  const where = move.terminalId ? `терминал ${move.terminalId}` : SOURCES[move.source];
  return make(
    'tr',
    {},
    make('td', {}, clockTime(move.at)),
    make('td', {}, `${what} · ${where}`),
    make('td', { className: `number ${move.sign ? 'bad' : 'good'}` }, `${move.sign}${tenge(move.amount)}`),
  );
}

function emptyRow(columns, text) {
  return make('tr', {}, make('td', { colspan: String(columns), className: 'soft' }, text));
}

function showFaults(faults) {
  replaceWhenChanged(element('faults'), JSON.stringify(faults), () =>
    faults.map((fault) =>
      make(
        'li',
        {},
        make(
          'span',
          {},
          `${fault.where} ${fault.path}: ${fault.kind}, ${fault.times === 'always' ? 'всегда' : `осталось ${fault.times - fault.used}`}`,
        ),
        make(
          'button',
          { type: 'button', 'aria-label': 'Убрать', onclick: () => void order('DELETE', `faults/${fault.id}`) },
          '×',
        ),
      ),
    ),
  );
}

function showCalls(calls) {
  const newest = calls.slice(-ROWS).reverse();
  replaceWhenChanged(element('calls'), `${calls.length}${newest[0]?.at ?? ''}`, () =>
    newest.length > 0 ? newest.map(callRow) : [emptyRow(3, 'Вызовов ещё не было')],
  );
}

function callRow(call) {
  const isFine = call.outcome === '0' || call.outcome === 'HTTP 200';
  const outcome = call.fault ? `${call.outcome} (${call.fault})` : call.outcome;
  const where = call.scheme ? `${call.where}, схема ${call.scheme}` : call.where;
  return make(
    'tr',
    {},
    make('td', {}, clockTime(call.at)),
    make('td', { className: isFine ? 'good' : 'bad' }, outcome),
    make('td', {}, `${call.method} ${call.path} `, make('span', { className: 'soft' }, where)),
  );
}

function showAbout(about) {
  const facts = [
    ...Object.entries(about.bankUrls).map(([scheme, url]) => [`Банк, схема ${scheme}`, url]),
    ...(about.bankUrls[1] ? [['Api-Key, схема 1', about.apiKey]] : []),
    ['Сертификаты', `${about.pki} (client.pfx, пароль ${about.passphrase})`],
    ...Object.entries(about.terminals).map(([id, address]) => [`Терминал ${id}`, address]),
  ];
  replaceWhenChanged(element('about'), JSON.stringify(facts), () => [
    ...facts.flatMap(([term, text]) => [make('dt', {}, term), make('dd', {}, text)]),
    make('dt', {}, 'Управление'),
    make('dd', {}, make('a', { href: '/control/openapi.json' }, '/control/openapi.json')),
    make('dt', {}, 'Что было на самом деле'),
    make('dd', {}, make('a', { href: '/control/truth' }, '/control/truth')),
    make('dt', {}, 'Все неприятности'),
    make('dd', {}, make('a', { href: '/control/faults/catalogue' }, '/control/faults/catalogue')),
  ]);
}

async function order(verb, path, body) {
  await control(verb, path, body);
  await refresh();
}

async function refresh() {
  const answers = await Promise.all(
    ['truth', 'terminals', 'faults', 'calls', 'about', 'refund-codes?limit=60'].map((path) => control('GET', path)),
  );
  element('offline').hidden = answers.every((answer) => answer.isThere);
  if (!answers.every((answer) => answer.ok)) return;
  const [truth, terminals, faults, calls, about, refundCodes] = answers.map((answer) => answer.value);
  showScreens(terminals, truth.purchases, refundCodes);
  showTruth(truth);
  showFaults(faults);
  showCalls(calls);
  showAbout(about);
}

element('presets').append(
  ...PRESETS.map(([label, fault]) =>
    make('button', { type: 'button', onclick: () => void order('POST', 'faults', fault) }, label),
  ),
  make(
    'button',
    { type: 'button', onclick: () => void order('POST', 'chaos', { rate: 0.1 }) },
    'Хаос: каждый десятый вызов',
  ),
  make(
    'button',
    { type: 'button', className: 'primary', onclick: () => void order('DELETE', 'faults') },
    'Всё наладить',
  ),
);

/** The whole catalogue, once: what a fault does on the wire and with the money, and a button where one order suffices. */
async function showCatalogue() {
  const { ok, value } = await control('GET', 'faults/catalogue');
  if (!ok) return;
  const entries = value.flatMap(({ name, wire, money, example }) => {
    const isComplete = example && !example.path.includes('{');
    const path = example?.path.replace('/control/', '');
    const orderIt = () => void order('POST', path, example.body);
    return [
      make('dt', {}, name, isComplete && make('button', { type: 'button', lang: 'ru', onclick: orderIt }, 'Заказать')),
      make(
        'dd',
        {},
        wire.replaceAll('`', ''),
        make('span', { className: 'soft' }, ` Money: ${money.replaceAll('`', '')}`),
      ),
    ];
  });
  document.querySelector('#catalogue dl').append(...entries);
}

async function poll() {
  await refresh();
  setTimeout(poll, POLL_MS);
}

await showCatalogue();
await poll();
