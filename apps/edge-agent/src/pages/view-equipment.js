import { problemOf } from './actions.js';
import { postPatiently } from './api.js';
import { h } from './dom.js';
import { formatTime, hasText, t } from './preferences.js';
import { openReleaseDialog } from './settle-dialog.js';
import { refresh, state, update } from './store.js';
import { refusalView } from './view-refusal.js';
import { reasonText } from './view-unknown.js';

/** The terminal waits for a person up to three minutes; a little more for the way. */
const PAIRING_MS = 190_000;
const COLOURS = { ready: 'ok', busy: '', unresolved: 'warn', blocked: 'bad', unpaired: 'warn', unreachable: 'bad' };
const HEALTH_COLOURS = { ok: 'ok', warn: 'warn', fail: 'bad', unknown: '' };

/** Terminals with what a person does to them, and the agent's health by layers. */
export function equipmentView() {
  const { health, identity } = state;
  return h(
    'div',
    { class: 'columns' },
    h(
      'section',
      { class: 'card' },
      h('h1', {}, t('terminals')),
      state.refusal && refusalView(state.refusal),
      state.terminals.length === 0 && h('p', { class: 'soft' }, t('noTerminals')),
      state.terminals.map(terminalView),
    ),
    h(
      'section',
      { class: 'card' },
      h('h2', {}, t('health')),
      h('ul', { class: 'layers' }, (health?.layers ?? []).map(layerView)),
      h('p', { class: 'soft' }, t('waitingFacts', { count: health?.outbox.waiting ?? 0 })),
      identity &&
        h(
          'p',
          { class: 'soft' },
          `${identity.storeName} · ${identity.name} · ${identity.agentId} · ${identity.version}`,
        ),
      h('a', { class: 'button', href: '/display', target: '_blank', rel: 'opener' }, t('display')),
    ),
  );
}

function terminalView(terminal) {
  const isPairing = state.pairing === terminal.id;
  const needsRelease = terminal.state === 'unresolved' || terminal.state === 'blocked';
  return h(
    'article',
    { class: 'terminal' },
    h(
      'h2',
      {},
      terminal.id,
      h('span', { class: `pill ${COLOURS[terminal.state] ?? ''}` }, t(`terminal_${terminal.state}`)),
    ),
    h('p', { class: 'soft' }, `${terminal.address} · API ${terminal.api}`),
    !terminal.verified && terminal.api === 'v2' && h('p', { class: 'note warn' }, t('unverified')),
    terminal.reason && h('p', { class: 'soft' }, reasonText(terminal.reason)),
    terminal.openOperation?.kind === 'payment' &&
      h('p', {}, h('a', { href: `#/payment/${terminal.openOperation.id}` }, t('openOperation'))),
    isPairing && h('p', { class: 'note going' }, h('span', { class: 'spinner' }), h('span', {}, t('pairing'))),
    h(
      'div',
      { class: 'actions' },
      terminal.state === 'unpaired' &&
        h(
          'button',
          {
            type: 'button',
            id: `pair-${terminal.id}`,
            class: 'button primary',
            disabled: state.pairing !== undefined,
            onclick: () => pair(terminal.id),
          },
          t('pair'),
        ),
      needsRelease &&
        h(
          'button',
          {
            type: 'button',
            id: `release-${terminal.id}`,
            class: 'button',
            onclick: () => openReleaseDialog(terminal.id),
          },
          t('release'),
        ),
    ),
  );
}

function layerView({ layer, subject, state: word, cause, detail, since }) {
  const name = hasText(`layer_${layer}`) ? t(`layer_${layer}`) : layer;
  return h(
    'li',
    {},
    h('span', { class: `pill ${HEALTH_COLOURS[word]}` }, t(`state_${word}`)),
    h('b', {}, [name, subject].filter(Boolean).join(' ')),
    word !== 'ok' && h('span', { class: 'soft' }, [cause, detail, formatTime(since)].filter(Boolean).join(' · ')),
  );
}

async function pair(terminalId) {
  update({ pairing: terminalId, refusal: undefined });
  try {
    await postPatiently(`/v1/terminals/${encodeURIComponent(terminalId)}/pair`, PAIRING_MS);
    await refresh();
  } catch (error) {
    update({ refusal: problemOf(error) });
  } finally {
    update({ pairing: undefined });
  }
}
