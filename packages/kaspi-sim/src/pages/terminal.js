/** The screen of one simulated terminal: asks the control API twice a second and shows what it says. */
const POLL_MS = 500;
/** The result stays on the screen this long, as on a terminal with its own cheque. */
const RESULT_SHOWN_MS = 8000;

const id = decodeURIComponent(location.pathname.split('/').filter(Boolean).at(-1) ?? '');
const base = `/control/terminals/${encodeURIComponent(id)}`;
const element = (name) => document.getElementById(name);

/** What the screen says while the terminal waits, Russian and Kazakh. */
const PROMPTS = {
  Initialize: ['Минуту…', 'Сәл күтіңіз…'],
  WaitUser: ['Отсканируйте QR, приложите карту или ладонь', 'QR-ды сканерлеңіз, картаны не алақанды жақындатыңыз'],
  WaitForQrConfirmation: ['Подтвердите оплату в приложении', 'Төлемді қосымшада растаңыз'],
  ProcessingCard: ['Не убирайте карту', 'Картаны алмаңыз'],
  WaitForPinCode: ['Введите ПИН-код', 'ПИН-кодты енгізіңіз'],
  ProcessRefund: ['Возврат выполняется', 'Қайтару орындалуда'],
};
const WITHOUT_PALM = ['Отсканируйте QR или приложите карту', 'QR-ды сканерлеңіз не картаны жақындатыңыз'];
const SCAN_REFUND = ['Покупатель сканирует QR, чтобы получить возврат', 'Қайтару үшін сатып алушы QR-ды сканерлейді'];
const RESULTS = {
  payment: {
    success: ['✓', 'Оплачено', 'Төленді'],
    fail: ['✕', 'Оплата не прошла', 'Төлем өтпеді'],
    unknown: ['?', 'Статус оплаты неизвестен', 'Төлем мәртебесі белгісіз'],
  },
  refund: {
    success: ['✓', 'Возврат выполнен', 'Қайтару орындалды'],
    fail: ['✕', 'Возврат не прошёл', 'Қайтару өтпеді'],
    unknown: ['?', 'Статус возврата неизвестен', 'Қайтару мәртебесі белгісіз'],
  },
};
const METHODS = { qr: 'QR', card: 'карта', alaqan: 'ладонь' };
const STATUSES = { wait: 'ожидание', success: 'успешно', fail: 'отказ', unknown: 'неизвестно' };

let shownQr;

function show(view) {
  document.title = `Терминал ${view.id}`;
  element('store').textContent = view.storeName;
  const screen = screenOf(view);
  for (const name of ['off', 'pairing', 'idle', 'wait', 'result']) element(`screen-${name}`).hidden = name !== screen;
  if (screen === 'pairing') showPairing(view.pairingRequest);
  if (screen === 'wait') showWaiting(view.process, view.api);
  if (screen === 'result') showResult(view.result);
  showBackstage(view);
}

function screenOf(view) {
  if (!view.appRunning) return 'off';
  if (view.process) return 'wait';
  if (view.pairingRequest) return 'pairing';
  return view.result && view.result.ageMs < RESULT_SHOWN_MS ? 'result' : 'idle';
}

function showPairing(request) {
  element('pairing-name').textContent = request.name;
  element('pairing-left').textContent = `Осталось ${duration(request.leftMs)}.`;
}

function showWaiting(process, api) {
  const isBusy = !['Initialize', 'WaitUser'].includes(process.subStatus);
  element('kind').textContent = process.kind === 'refund' ? 'Возврат · Қайтару' : 'К оплате · Төлеуге';
  element('amount').textContent = process.amountText;
  if (shownQr !== process.processId) {
    // Drawn by the simulator itself, not by anybody from outside.
    element('qr').innerHTML = process.qrSvg ?? '';
    shownQr = process.processId;
  }
  element('qr').hidden = isBusy || process.qrSvg === null;
  element('progress').hidden = !isBusy;
  const [ru, kk] = promptOf(process, api);
  setText('prompt-ru', ru);
  setText('prompt-kk', kk);
  element('time-left').textContent = duration(process.leftMs);
  element('pay-hands').hidden = isBusy || process.kind === 'refund';
  element('scan-hands').hidden = isBusy || !process.needsScan;
}

function promptOf(process, api) {
  if (process.subStatus === 'WaitUser' && process.kind === 'refund') return SCAN_REFUND;
  if (process.subStatus === 'WaitUser' && api === 'v1') return WITHOUT_PALM;
  return PROMPTS[process.subStatus] ?? [process.subStatus, ''];
}

function showResult(result) {
  const [glyph, ru, kk] = RESULTS[result.kind][result.status];
  element('result-glyph').className = `glyph ${result.status}`;
  setText('result-glyph', glyph);
  setText('result-ru', ru);
  setText('result-kk', kk);
  setText('result-amount', result.amountText);
  const parts = [result.method ? METHODS[result.method] : undefined, result.message ?? undefined];
  setText('result-note', parts.filter(Boolean).join(' · '));
}

function showBackstage(view) {
  const isV2 = view.api === 'v2';
  for (const node of document.querySelectorAll('[data-v2]')) node.hidden = !isV2;
  element('protection-off').hidden = !isV2 || !view.protection;
  element('protection-on').hidden = !isV2 || view.protection;
  element('app-off').hidden = !view.appRunning;
  element('palm').hidden = !isV2;
  const facts = [
    ['Терминал', view.id],
    ['API', isV2 ? 'v2 (HTTPS)' : 'v1 (HTTP)'],
    ['Серийный №', view.serial],
    ...(isV2 ? [['Защита', view.protection ? 'включена' : 'выключена']] : []),
    ...(isV2 ? [['Доступ есть у', view.paired.join(', ') || 'никого']] : []),
    ...(view.process ? [['Состояние', view.process.subStatus]] : []),
  ];
  replaceChildren(
    'facts',
    facts.flatMap(([term, text]) => [node('dt', term), node('dd', text)]),
    facts.join('|'),
  );
  const rows = view.history.slice(0, 12);
  const key = rows.map((row) => row.processId + row.status + row.subStatus).join('|');
  replaceChildren(
    'history',
    rows.length > 0 ? rows.map(historyRow) : [node('li', 'Операций ещё не было', 'soft')],
    key,
  );
}

function historyRow(process) {
  const row = node('li');
  const title = process.kind === 'refund' ? 'Возврат' : 'Оплата';
  const amount = (process.movedAmount ?? process.amount).replace(/\.00$/, '');
  row.append(
    node('b', `${title} ${amount.replace(/\B(?=(\d{3})+(?!\d))/g, ' ')} ₸`),
    node('span', STATUSES[process.status], process.status),
    node('span', new Date(process.startedAtMs).toLocaleTimeString('ru-RU'), 'soft'),
    node('span', process.method ? METHODS[process.method] : '', 'soft'),
  );
  return row;
}

function node(tag, text = '', className = '') {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

/** Touches the page only when something changed, so that focus and screen readers are left in peace. */
function setText(name, text) {
  const target = element(name);
  if (target.textContent !== text) target.textContent = text;
}

function replaceChildren(name, children, key) {
  const target = element(name);
  if (target.dataset.key === key) return;
  target.dataset.key = key;
  target.replaceChildren(...children);
}

function duration(ms) {
  const seconds = Math.ceil(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

async function act(word, body) {
  const response = await fetch(`${base}/${word}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => undefined);
  const answer = await response?.json().catch(() => undefined);
  if (response?.ok && answer) show(answer);
  element('refused').hidden = response?.ok === true;
  setText('refused', response?.ok ? '' : refusalText(answer));
}

function refusalText(answer) {
  if (answer?.code === 'not_possible') return 'Сейчас это невозможно: на терминале нет открытой операции.';
  return answer?.detail ?? 'Симулятор не ответил.';
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-act]');
  if (button) void act(button.dataset.act, JSON.parse(button.dataset.body ?? '{}'));
});

element('other-amount').addEventListener('submit', (event) => {
  event.preventDefault();
  const amount = new FormData(event.target).get('amount');
  void act('pay', { method: 'qr', amount: amount.includes('.') ? amount : `${amount}.00` });
});

async function poll() {
  element('clock').textContent = new Date().toLocaleTimeString('ru-RU', { hour: '2-digit', minute: '2-digit' });
  const response = await fetch(base, { cache: 'no-store' }).catch(() => undefined);
  const view = response?.ok ? await response.json().catch(() => undefined) : undefined;
  element('offline').hidden = view !== undefined;
  if (response?.status === 404) setText('offline', `Терминала «${id}» нет в настройках симулятора`);
  if (view) show(view);
  setTimeout(poll, POLL_MS);
}

void poll();
