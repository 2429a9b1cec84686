import { drawAgents } from './agents.js';
import { call } from './api.js';
import { createCases } from './cases.js';
import { byId, calmly, make, notify } from './dom.js';
import { readOffer } from './offer.js';
import { createPaymentDialog } from './payment-dialog.js';
import { createPayments } from './payments.js';
import { OPEN_STATUSES } from './tones.js';
import { createWebhooks } from './webhooks.js';
import { language, otherLanguage, read, switchLanguage, text, write } from './words.js';

/** The hub's live page: agents, payments, cases, kept current by the stream of changes. */
let person;
let agents = [];
let cases = [];
let stream;

const agentName = (id) => agents.find((agent) => agent.id === id)?.name ?? id;
const dialog = createPaymentDialog({ agentName });
const payments = createPayments({ open: (id) => dialog.open(id), agentName });
const caseList = createCases({
  openPayment: (id) => dialog.open(id),
  person: () => person,
  agentName,
  changed: () => later(readCases),
});
const webhooks = createWebhooks({ changed: () => later(readWebhooks), failed: onFault });
const later = (run) => run().catch(onFault);

function onFault(error) {
  if (error.status === 401) logIn();
  else notify(error.message || text('noAnswer'));
}

async function readAgents() {
  ({ agents } = await call('/agents'));
  drawAgents(agents);
  await readFigures();
}

async function readCases() {
  ({ cases } = await call('/cases?open=true&limit=100'));
  caseList.draw(cases);
  await readFigures();
}

const COUNTED_MAX = 200;
async function countOf(statuses) {
  const page = await call(`/payments?status=${statuses.join(',')}&limit=${COUNTED_MAX}`);
  return page.nextCursor ? `${COUNTED_MAX}+` : String(page.payments.length);
}

async function readFigures() {
  const [open, unknown] = await Promise.all([countOf(OPEN_STATUSES), countOf(['unknown'])]);
  const living = agents.filter((agent) => !agent.revokedAt);
  const online = living.filter((agent) => agent.presence === 'online').length;
  const isAllWell = living.every((agent) => agent.presence === 'online' || agent.presence === 'never_seen');
  const figure = (value, name, tone) =>
    make('div', { class: 'figure' }, make('b', { class: tone }, value), make('span', {}, text(name)));
  byId('figures')?.replaceChildren(
    figure(`${online} / ${living.length}`, 'figureOnline', isAllWell ? 'ok' : 'warn'),
    figure(open, 'figureOpen', ''),
    figure(unknown, 'figureUnknown', unknown === '0' ? '' : 'warn'),
    figure(String(cases.length), 'figureCases', cases.length === 0 ? '' : 'warn'),
  );
}

async function readWebhooks() {
  webhooks.draw((await call('/webhooks')).webhooks);
}

async function readRecovery() {
  const { recovering } = await call('/recovery');
  const box = byId('recovering');
  if (!box) return;
  box.hidden = !recovering;
  const reason = make('input', {
    required: true,
    maxlength: '300',
    'aria-label': text('releaseReason'),
    placeholder: text('releaseReason'),
  });
  const release = async (event) => {
    event.preventDefault();
    await later(() => call('/recovery/release', { body: { reason: reason.value } }));
    later(readRecovery);
  };
  box.replaceChildren(
    text('recovering'),
    make('form', { onsubmit: release }, reason, make('button', { type: 'submit', class: 'quiet' }, text('release'))),
  );
}

function draw() {
  byId('main').replaceChildren(
    make('h1', { class: 'unseen' }, 'Tolem'),
    make('div', { id: 'recovering', class: 'recovering', hidden: true }),
    make('div', { id: 'figures', class: 'figures', role: 'status' }),
    make(
      'div',
      { class: 'columns' },
      payments.panel(agents),
      make(
        'div',
        { class: 'side' },
        make('section', { class: 'panel' }, make('h2', {}, text('cases')), make('ul', { id: 'cases' })),
        make('section', { class: 'panel' }, make('h2', {}, text('agents')), make('ul', { id: 'agents' })),
        webhooks.panel(),
      ),
    ),
  );
}

async function readAll() {
  [{ agents }] = await Promise.all([call('/agents'), readOffer()]);
  draw();
  drawAgents(agents);
  await Promise.all([payments.load(), readCases(), readRecovery(), readWebhooks()]);
}

/** Many hints make one read: a busy chain must not make the page ask a hundred times a second. */
const agentsSoon = calmly(700, () => later(readAgents));
const casesSoon = calmly(700, () => later(readCases));
const figuresSoon = calmly(1500, () => later(readFigures));
let changedPayments = new Set();
const paymentsSoon = calmly(250, () => {
  const ids = changedPayments;
  changedPayments = new Set();
  if (ids.size > 8) later(() => payments.load());
  else for (const id of ids) later(() => payments.reread(id));
  for (const id of ids) dialog.changed(id);
  figuresSoon();
});

function onChange(change) {
  if (change.kind === 'agent') agentsSoon();
  else if (change.kind === 'case') casesSoon();
  else {
    changedPayments.add(change.paymentId);
    paymentsSoon();
  }
}

function listen() {
  stream?.close();
  stream = new EventSource('api/v1/stream');
  stream.addEventListener('open', () => showLive(true));
  stream.addEventListener('change', (event) => onChange(JSON.parse(event.data)));
  stream.addEventListener('reset', () => later(readAll));
  stream.addEventListener('error', () => {
    showLive(false);
    // The browser gives up after a refusal; the session may have ended, or the hub may be starting.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => later(start), 3000);
  });
}

/** Hints may be lost: what is shown is read again now and then, while somebody looks. */
const REREAD_MS = 30_000;
setInterval(() => {
  if (person === undefined || document.hidden) return;
  later(readAgents);
  later(readCases);
  later(readWebhooks);
  if (payments.isFirstPage()) later(payments.load);
}, REREAD_MS);

function showLive(isLive) {
  const live = byId('live');
  live.className = `live ${isLive ? 'ok' : 'bad'}`;
  live.textContent = text(isLive ? 'live' : 'dead');
}

function logIn() {
  stream?.close();
  person = undefined;
  drawBar();
  byId('live').textContent = '';
  const name = make('input', {
    autocomplete: 'name',
    required: true,
    maxlength: '60',
    value: read('tolem.name') ?? '',
  });
  const token = make('input', { type: 'password', autocomplete: 'current-password', required: true, maxlength: '200' });
  const fault = make('p', { class: 'form-fault', role: 'alert' });
  const submit = async (event) => {
    event.preventDefault();
    try {
      await call('/session', { body: { token: token.value, name: name.value.trim() } });
      write('tolem.name', name.value.trim());
      await start();
    } catch (error) {
      fault.textContent = error.message || text('noAnswer');
    }
  };
  byId('main').replaceChildren(
    make(
      'section',
      { class: 'login' },
      make('h1', {}, text('loginTitle')),
      make('p', { class: 'soft' }, text('loginHint')),
      make(
        'form',
        { onsubmit: submit },
        make('label', {}, text('loginName'), name),
        make('label', {}, text('loginToken'), token),
        fault,
        make('button', { type: 'submit' }, text('loginButton')),
      ),
    ),
  );
}

const THEMES = ['auto', 'light', 'dark'];
function drawBar() {
  const theme = read('tolem.theme') ?? 'auto';
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  document.documentElement.lang = language();
  document.querySelector('[data-text="skip"]').textContent = text('skip');
  byId('language').textContent = otherLanguage().toUpperCase();
  byId('theme').textContent = text('themeShort')[theme];
  byId('theme').title = text(`theme${theme[0].toUpperCase()}${theme.slice(1)}`);
  byId('logout').textContent = text('logout');
  byId('logout').hidden = person === undefined;
  byId('person').textContent = person ?? '';
}

byId('language').addEventListener('click', () => {
  switchLanguage();
  drawBar();
  if (person === undefined) logIn();
  else later(start);
});
byId('theme').addEventListener('click', () => {
  write('tolem.theme', THEMES[(THEMES.indexOf(read('tolem.theme') ?? 'auto') + 1) % THEMES.length]);
  drawBar();
});
byId('logout').addEventListener('click', () => later(() => call('/session', { method: 'DELETE' }).then(logIn)));

async function start() {
  ({ name: person } = await call('/session'));
  drawBar();
  draw();
  listen();
}

drawBar();
start().catch((error) => {
  if (error.status === 401) logIn();
  else {
    showLive(false);
    setTimeout(() => location.reload(), 5000);
  }
});
