import { call } from './api.js';
import { byId, make, notify } from './dom.js';
import { showMoment, text } from './words.js';

/** Programs that are told what happens: how each fares, a test, and sending again what was given up. */
export function createWebhooks({ changed, failed }) {
  const act = (run) => () => run().then(changed, failed);
  const test = (one) =>
    act(async () => {
      const { ok, answer } = await call(`/webhooks/${one.id}/test`, { body: {} });
      notify(text(ok ? 'webhookTook' : 'webhookRefused', one.id, answer));
    });
  const replay = (one) =>
    act(async () => {
      const { replayed } = await call(`/webhooks/${one.id}/replay`, { body: { state: 'given_up' } });
      notify(text('webhookReplayed', replayed));
    });
  const card = (one) =>
    make(
      'li',
      { class: 'agent' },
      make(
        'div',
        { class: 'agent-head' },
        make('b', {}, one.id),
        make('span', { class: `badge ${toneOf(one)}` }, stateOf(one)),
      ),
      make('p', { class: 'soft small' }, about(one)),
      make(
        'p',
        {},
        make('button', { type: 'button', class: 'quiet', onclick: test(one) }, text('webhookTest')),
        one.givenUp > 0 &&
          make('button', { type: 'button', class: 'quiet', onclick: replay(one) }, text('webhookReplay', one.givenUp)),
      ),
    );
  return {
    panel: () =>
      make(
        'section',
        { class: 'panel', id: 'webhookPanel', hidden: true },
        make('h2', {}, text('webhooks')),
        make('ul', { id: 'webhooks' }),
      ),
    draw(webhooks) {
      const panel = byId('webhookPanel');
      if (!panel) return;
      panel.hidden = webhooks.length === 0;
      byId('webhooks').replaceChildren(...webhooks.map(card));
    },
  };
}

function toneOf({ givenUp, last }) {
  if (givenUp > 0) return 'bad';
  return last === undefined ? 'none' : last.ok ? 'ok' : 'warn';
}

function stateOf({ givenUp, last }) {
  if (givenUp > 0) return text('webhookGivenUp', givenUp);
  return text(last === undefined ? 'webhookIdle' : last.ok ? 'webhookOk' : 'webhookFailing');
}

function about({ url, waiting, oldestWaitingAt, last }) {
  const parts = [
    url,
    oldestWaitingAt ? text('webhookWaiting', waiting, showMoment(oldestWaitingAt)) : undefined,
    last ? `${last.answer}, ${showMoment(last.at)}` : undefined,
  ];
  return parts.filter(Boolean).join(' · ');
}
