import { h, ICONS, icon } from './dom.js';
import { formatMoney } from './money.js';
import { chooseLanguage, chooseTheme, currentLanguage, currentTheme, LANGUAGES, THEMES, t } from './preferences.js';
import { isHubAway, state, update } from './store.js';
import { needsPerson } from './view-unknown.js';

const LANGUAGE_NAMES = { ru: 'Рус', kk: 'Қаз', en: 'Eng' };
/** A terminal does one thing at a time; more than these do not fit. */
const ASKED_MAX = 3;
const THEME_KEYS = { system: 'themeSystem', light: 'themeLight', dark: 'themeDark' };

export function headerView() {
  const { identity } = state;
  return h(
    'div',
    { class: 'bar' },
    h('img', { src: '/pages/icon.svg', alt: '', width: 36, height: 36 }),
    h('div', { class: 'who' }, h('b', {}, identity?.storeName || 'Tolem'), identity && h('span', {}, identity.name)),
    tabsView('tabs-top'),
    h(
      'div',
      { class: 'choices' },
      choice('theme', t('theme'), currentTheme(), THEMES, (one) => t(THEME_KEYS[one]), chooseTheme),
      choice('language', t('language'), currentLanguage(), LANGUAGES, (one) => LANGUAGE_NAMES[one], chooseLanguage),
    ),
  );
}

export function tabsView(id) {
  const tabs = [
    ['#/', 'charge', ICONS.coin, ['charge', 'payment', 'refunding']],
    ['#/history', 'history', ICONS.list, ['history', 'past']],
    ['#/equipment', 'equipment', ICONS.terminal, ['equipment']],
  ];
  return h(
    'div',
    { class: 'tabs', id },
    tabs.map(([href, key, drawing, names]) =>
      h(
        'a',
        { href, 'aria-current': names.includes(state.route.name) ? 'page' : undefined },
        icon(drawing, 22),
        h('span', {}, t(key)),
        key === 'equipment' && hasTrouble() && h('i', { class: 'dot', title: t('state_warn') }),
      ),
    ),
  );
}

/** What needs attention whatever the cashier is doing. */
export function bannersView() {
  const banners = [];
  if (state.isSessionOver) banners.push(banner('bad', t('sessionOver')));
  else if (state.isAgentAway) banners.push(banner('bad', t('agentAway')));
  else if (isHubAway()) banners.push(banner('warn', t(state.terminals.length > 0 ? 'hubAway' : 'hubAwayNoTerminal')));
  for (const refund of state.asked.slice(0, ASKED_MAX)) banners.push(askedBanner(refund));
  const others = state.open.filter(
    (one) => one.id !== state.payment?.id || !['payment', 'past'].includes(state.route.name),
  );
  for (const payment of others.slice(0, 3)) banners.push(openBanner(payment));
  return banners;
}

/** Headquarters asks; the customer may be needed at the terminal. */
function askedBanner(refund) {
  const values = { amount: formatMoney(refund.amount), terminal: refund.terminalId ?? '' };
  const isUnknown = refund.status === 'unknown' || refund.statusReason === 'status_unlisted';
  const look = h('a', { class: 'button', href: `#/past/${refund.paymentId}` }, t('look'));
  return banner(isUnknown ? 'bad' : 'warn', t(isUnknown ? 'askedRefundUnknown' : 'askedRefund', values), look);
}

function openBanner(payment) {
  const amount = formatMoney(payment.amount);
  const look = h('a', { class: 'button', href: `#/payment/${payment.id}` }, t('look'));
  if (payment.late?.claimable)
    return banner('late', t('lateBanner', { amount: formatMoney(payment.late.amount) }), look);
  if (needsPerson(payment)) return banner('warn', t('unknownBanner', { amount }), look);
  return banner('plain', `${t('openBanner', { amount })} · ${t(`method_${payment.method}`)}`, look);
}

function banner(kind, text, ...more) {
  return h('div', { class: `banner ${kind}` }, h('p', {}, text), ...more);
}

function choice(id, label, chosen, all, nameOf, choose) {
  return h(
    'select',
    {
      id,
      'aria-label': label,
      title: label,
      onchange: (event) => {
        choose(event.target.value);
        update({});
      },
    },
    all.map((one) => h('option', { value: one, selected: one === chosen }, nameOf(one))),
  );
}

function hasTrouble() {
  const layers = state.health?.layers ?? [];
  return (
    layers.some((one) => one.state === 'fail') ||
    state.terminals.some((one) => one.state !== 'ready' && one.state !== 'busy')
  );
}
