import { byId, make } from './dom.js';
import { tone } from './tones.js';
import { showMoment, text, word } from './words.js';

/** Agents with their presence and every layer of their health; what is not well is named in full. */
export function drawAgents(agents) {
  const list = byId('agents');
  if (!list) return;
  const sorted = [...agents].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  list.replaceChildren(
    ...(sorted.length === 0 ? [make('p', { class: 'empty' }, text('noAgents'))] : sorted.map(agentCard)),
  );
}

const TROUBLE = ['offline', 'stale', 'reconnecting', 'online', 'never_seen'];

function rank(agent) {
  if (agent.revokedAt) return 100;
  const isIll = agent.health.some((layer) => layer.state === 'fail' || layer.state === 'warn');
  return TROUBLE.indexOf(agent.presence) - (isIll ? 10 : 0);
}

function agentCard(agent) {
  const presence = agent.revokedAt ? 'revoked' : agent.presence;
  const well = agent.health.filter((layer) => layer.state === 'ok');
  const ill = agent.health.filter((layer) => layer.state !== 'ok');
  return make(
    'li',
    { class: 'agent' },
    make(
      'div',
      { class: 'agent-head' },
      make('span', {}, make('b', {}, agent.name), make('span', { class: 'soft' }, ` · ${agent.storeName}`)),
      make(
        'span',
        { class: `badge ${tone(presence)}`, title: agent.presenceSince ? showMoment(agent.presenceSince) : undefined },
        word('presence', presence),
      ),
    ),
    ill.length + well.length > 0
      ? make('div', { class: 'layers' }, ...ill.map(illLayer), ...well.map(wellLayer))
      : undefined,
    make('p', { class: 'soft small' }, aboutAgent(agent)),
  );
}

function illLayer(layer) {
  const colour = layer.state === 'fail' ? 'bad' : layer.state === 'warn' ? 'warn' : 'none';
  const cause = layer.cause ? `: ${word('cause', layer.cause)}` : '';
  return make(
    'div',
    { class: `named ${colour}` },
    `${nameOf(layer)}${cause}`,
    make('small', {}, [layer.detail, text('since', showMoment(layer.since))].filter(Boolean).join(' · ')),
  );
}

function wellLayer(layer) {
  return make('span', { class: 'dot ok' }, nameOf(layer));
}

function nameOf({ layer, subject }) {
  return subject ? `${word('layer', layer)} (${subject})` : word('layer', layer);
}

function aboutAgent(agent) {
  const behind = agent.journal && agent.lastSeq !== undefined ? agent.lastSeq - agent.journal.upto : undefined;
  const journal = behind === undefined ? undefined : behind > 0 ? text('journalBehind', behind) : text('journalDone');
  const until = agent.certificateExpiresAt?.slice(0, 10);
  const parts = [
    agent.id,
    agent.version ? text('version', agent.version) : undefined,
    journal,
    until ? text('certificateUntil', until) : undefined,
  ];
  return parts.filter(Boolean).join(' · ');
}
