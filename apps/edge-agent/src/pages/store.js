import { get } from './api.js';

/** Everything that the page knows; changed only by `update`. */
export const state = {
  route: { name: 'charge' },
  identity: undefined,
  health: undefined,
  terminals: [],
  /** This agent's tills at Kaspi; the cashier chooses where there are several. */
  devices: [],
  deviceId: readDevice(),
  cashiers: [],
  /** What the bank's scheme allows: `scheme`, `methods`, `refunds`; empty until the hub has told it. */
  offer: {},
  /** A refund with the customer that is under way on this page. */
  refunding: undefined,
  /** Refunds that headquarters asks for and that have not ended. */
  asked: [],
  /** Payments that are not finished, newest first. */
  open: [],
  /** The latest payments, newest first. */
  recent: [],
  /** The payment on the screen. */
  payment: undefined,
  typed: '',
  orderId: '',
  /** What was asked for and not answered yet. */
  intent: undefined,
  isIntentLate: false,
  /** The last refusal, shown until the next step. */
  refusal: undefined,
  isBusy: false,
  isAgentAway: false,
  isSessionOver: false,
  declinedLate: undefined,
  /** The payment whose link was copied just now, and whether by the button or by hand. */
  copied: undefined,
  clockOffsetMs: 0,
  history: { query: '', status: '', payments: [], nextCursor: undefined, isLoaded: false },
};

const RECENT_MAX = 8;
const watchers = new Set();

export function update(patch) {
  Object.assign(state, patch);
  for (const watcher of watchers) watcher();
}

export function watch(watcher) {
  watchers.add(watcher);
}

/** The agent's clock, as far as this page knows it. */
export function agentNowMs() {
  return Date.now() + state.clockOffsetMs;
}

export function isHubAway() {
  return state.health?.layers.some((one) => one.layer === 'hub_link' && one.state === 'fail') ?? false;
}

/** Whether a way of paying can be asked for; until the hub has told it, the agent itself refuses. */
export function isOffered(method) {
  return state.offer.methods?.includes(method) ?? true;
}

/** How a payment is refunded here: a terminal does it by itself, whatever the scheme. */
export function refundWay(payment) {
  return payment.method === 'terminal' ? 'without_customer' : (state.offer.refunds ?? 'without_customer');
}

let agentWords = 0;

/** The feed has told how agent and terminals are, which is newer than what a request under way will answer. */
export function takeAgent({ health, terminals, offer, devices }) {
  agentWords += 1;
  update({ health, terminals, offer, devices });
}

/** A refund that headquarters asks for has begun, goes on, or has ended. */
export function takeAsked(refund) {
  const others = state.asked.filter((one) => one.id !== refund.id);
  const isOver = refund.status === 'confirmed' || refund.status === 'declined';
  update({ asked: isOver ? others : [...others, refund] });
}

/** The devices that can take a payment; none where there is nothing to choose. */
export function devicesToChoose() {
  const enabled = state.devices.filter((one) => one.enabled);
  return enabled.length > 1 ? enabled : [];
}

/** The device that was chosen on this page, as long as it is one of several. */
export function chosenDevice() {
  return devicesToChoose().find((one) => one.deviceId === state.deviceId)?.deviceId;
}

/** Kept over a reload: a till page stands at one till. */
export function chooseDevice(deviceId) {
  try {
    localStorage.setItem('tolem.device', deviceId);
  } catch {
    // A browser without storage asks again next time.
  }
  update({ deviceId });
}

function readDevice() {
  try {
    return localStorage.getItem('tolem.device') ?? '';
  } catch {
    return '';
  }
}

/** Reads everything anew: at the start, and when the agent is back. */
export async function refresh() {
  const before = agentWords;
  const [page, latest] = await Promise.all([get('/page/state'), get(`/v1/payments?limit=${RECENT_MAX}`)]);
  update({
    identity: page.identity,
    ...(agentWords === before
      ? { health: page.health, terminals: page.terminals, offer: page.offer, devices: page.devices }
      : {}),
    asked: page.asked,
    cashiers: page.cashiers,
    open: page.open,
    recent: latest.payments,
    clockOffsetMs: Date.parse(page.now) - Date.now(),
    isAgentAway: false,
  });
}

/** A payment has changed somewhere. */
export function takePayment(payment) {
  const replace = (list) => list.map((one) => (one.id === payment.id ? newer(one, payment) : one));
  const isKnown = state.recent.some((one) => one.id === payment.id);
  const recent = isKnown ? replace(state.recent) : [payment, ...state.recent].slice(0, RECENT_MAX);
  const others = state.open.filter((one) => one.id !== payment.id);
  update({
    recent,
    open: isOpen(payment) ? [payment, ...others] : others,
    history: { ...state.history, payments: replace(state.history.payments) },
    ...(state.payment?.id === payment.id ? { payment: newer(state.payment, payment) } : {}),
  });
}

export function isOpen(payment) {
  return (
    ['created', 'awaiting_scan', 'awaiting_confirmation', 'unknown'].includes(payment.status) ||
    payment.late?.claimable === true
  );
}

function newer(known, payment) {
  return payment.version >= known.version ? payment : known;
}
