import { resumeIntent, search, showPayment } from './actions.js';
import { fill } from './dom.js';
import { follow, openFeed } from './feeds.js';
import { apply, currentLanguage } from './preferences.js';
import { leaveRefunding, takeRefundingRoute } from './refunding.js';
import { agentNowMs, refresh, state, update, watch } from './store.js';
import { equipmentView } from './view-equipment.js';
import { bannersView, headerView, tabsView } from './view-header.js';
import { historyView } from './view-history.js';
import { tickRefresh } from './view-invoice.js';
import { padKey, padView } from './view-pad.js';
import { paymentKey, paymentView, spokenText } from './view-payment.js';
import { refundingText, refundingView } from './view-refunding.js';

/** Countdowns move this often. */
const TICK_MS = 250;
/** How long until the page asks again for its first state. */
const RETRY_MS = 1500;
const VIEWS = {
  charge: padView,
  payment: paymentView,
  past: paymentView,
  history: historyView,
  refunding: refundingView,
  equipment: equipmentView,
};
const region = (id) => document.getElementById(id);
let spoken = '';

/** Draws everything that depends on the state; what has the focus keeps it. */
function render() {
  const { route, payment } = state;
  redraw(region('header'), headerView());
  redraw(region('banners'), bannersView());
  redraw(region('main'), VIEWS[route.name]());
  redraw(region('tabs'), tabsView('tabs-bottom'));
  region('main').className = `view-${route.name}`;
  const isShown = (route.name === 'payment' || route.name === 'past') && payment?.id === route.id;
  const words = isShown ? spokenText(payment) : route.name === 'refunding' ? refundingText() : '';
  const text = words === '' ? '' : `${currentLanguage()} ${words}`;
  if (text !== spoken) region('spoken').textContent = text.slice(3);
  spoken = text;
  tick();
}

/** Replaces a region only when it looks different, so that images and selections stay. */
function redraw(element, content) {
  const draft = document.createElement('div');
  fill(draft, content);
  if (element.dataset.drawn !== undefined && drawn.get(element) === draft.innerHTML) return;
  drawn.set(element, draft.innerHTML);
  element.dataset.drawn = '';
  const focused = element.contains(document.activeElement) ? document.activeElement : undefined;
  const selection = focused?.tagName === 'INPUT' ? [focused.selectionStart, focused.selectionEnd] : undefined;
  element.replaceChildren(...draft.childNodes);
  const again = focused?.id ? document.getElementById(focused.id) : undefined;
  again?.focus({ preventScroll: true });
  if (again && selection) again.setSelectionRange(...selection);
}
const drawn = new WeakMap();

function tick() {
  for (const element of document.querySelectorAll('[data-until]')) {
    const until = Date.parse(element.dataset.until);
    const from = Date.parse(element.dataset.from);
    const leftMs = Math.max(0, until - agentNowMs());
    const seconds = Math.ceil(leftMs / 1000);
    element.querySelector('.clock').textContent =
      `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    element.querySelector('.left').style.width = `${Math.min(100, (leftMs / Math.max(1, until - from)) * 100)}%`;
    element.classList.toggle('hurry', seconds <= 20);
  }
  for (const button of document.querySelectorAll('[data-ready-at]')) tickRefresh(button);
}

function takeRoute() {
  const [, name = '', id] = location.hash.slice(1).split('/');
  const isPayment = (name === 'payment' || name === 'past') && id;
  const route =
    isPayment || name === 'refunding'
      ? { name, id }
      : { name: name in VIEWS && name !== 'payment' && name !== 'past' ? name : 'charge' };
  const hasMoved = route.name !== state.route.name || route.id !== state.route.id;
  update({ route, ...(hasMoved ? { refusal: undefined } : {}) });
  follow(isPayment ? id : undefined);
  if (name === 'refunding') takeRefundingRoute(id);
  else leaveRefunding();
  if (isPayment) void showPayment(id);
  if (route.name === 'history') void search();
  if (hasMoved) scrollTo(0, 0);
}

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector('dialog')) return;
  const { target } = event;
  const isTyping = target.matches('input, select, textarea');
  const isPressing = event.key === 'Enter' && target.matches('button, a, summary') && !target.closest('.keys');
  if (isTyping || isPressing) return;
  const isTaken = state.route.name === 'charge' ? padKey(event) : paymentKey(event);
  if (isTaken) event.preventDefault();
}

async function begin() {
  try {
    await refresh();
    openFeed();
  } catch {
    update({ isAgentAway: true });
    setTimeout(() => void begin(), RETRY_MS);
  }
}

apply();
watch(render);
addEventListener('hashchange', takeRoute);
addEventListener('keydown', onKey);
addEventListener('tolem-session-over', () => update({ isSessionOver: true }));
setInterval(tick, TICK_MS);
takeRoute();
resumeIntent();
void begin();
