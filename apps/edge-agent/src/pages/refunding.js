import { go, problemOf } from './actions.js';
import { get, post } from './api.js';
import { explainMissingPins } from './dialog.js';
import { openRefundDialog } from './refund-dialog.js';
import { agentNowMs, chosenDevice, devicesToChoose, state, update } from './store.js';

/** A refund with the customer: a code is shown, they scan it, one of their purchases is chosen [scheme 2]. */

/** One question waits so long for a change; the agent allows 55 s. */
const WAIT_S = 20;
/** Until the agent is asked again after no answer. */
const PAUSE_MS = 1500;
const WANTED_SLOT = 'tolem.refund-of';
const OVER = new Set(['expired', 'failed']);
/** Grows when another session, or none, is followed from now on. */
let followed = 0;

/** Begins with a new code; `payment` is the one that shall be given back, where it is known already. */
export function beginRefunding(payment) {
  if (explainMissingPins()) return;
  rememberWanted(payment);
  if (location.hash === '#/refunding/new') takeRefundingRoute('new');
  else go('/refunding/new');
}

/** The page is at `#/refunding/…`; a reload goes on with the same session. */
export function takeRefundingRoute(id) {
  if (id === undefined) return go('/');
  if (state.refunding?.id === id && id !== 'new') return;
  followed += 1;
  update({ refunding: { id, wanted: wanted() }, refusal: undefined });
  void (id === 'new' ? open(followed) : follow(id, followed));
}

export function leaveRefunding() {
  if (!state.refunding) return;
  followed += 1;
  update({ refunding: undefined });
}

/** Reads the list once more, after an answer that did not come. */
export async function readPurchases() {
  const { id } = state.refunding;
  change(id, { purchases: undefined, refusal: undefined });
  try {
    const { purchases } = await get(`/v1/refund-sessions/${encodeURIComponent(id)}/purchases`);
    change(id, { purchases });
  } catch (error) {
    change(id, { refusal: problemOf(error) });
  }
}

/** The cashier has chosen a purchase: how much of it, why, and who decides. */
export async function choosePurchase(purchase) {
  const { id } = state.refunding;
  try {
    const payment = await get(`/v1/payments/${encodeURIComponent(purchase.paymentId)}`);
    openRefundDialog(payment, { available: purchase.available, refundSessionId: id });
  } catch (error) {
    change(id, { refusal: problemOf(error) });
  }
}

async function open(mine) {
  try {
    const session = await post('/v1/refund-sessions', deviceOf());
    if (mine !== followed) return;
    state.refunding = { ...state.refunding, id: session.id };
    take(session);
    history.replaceState(undefined, '', `#/refunding/${session.id}`);
    update({ route: { name: 'refunding', id: session.id } });
    void follow(session.id, mine);
  } catch (error) {
    if (mine === followed) change('new', { refusal: problemOf(error) });
  }
}

async function follow(id, mine) {
  for (let version; mine === followed; ) {
    const after = version === undefined ? '' : `?wait=${WAIT_S}&after=${version}`;
    const session = await get(`/v1/refund-sessions/${encodeURIComponent(id)}${after}`).catch(problemOf);
    if (mine !== followed) return;
    if (session.status === undefined || session.code !== undefined) {
      if (session.status === 404) return change(id, { refusal: session });
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      continue;
    }
    version = session.version;
    take(session);
    if (session.status === 'customer_known' && !state.refunding.purchases && !state.refunding.refusal)
      void readPurchases();
    if (OVER.has(session.status)) return;
  }
}

/** An answer that says nothing new changes nothing on the screen: not even the end of the countdown. */
function take(session) {
  const before = state.refunding?.session;
  if (before && before.version === session.version && !before.qr === !session.qr) return;
  const now = agentNowMs();
  const from = new Date(now).toISOString();
  const until = session.expiresInS === undefined ? undefined : new Date(now + session.expiresInS * 1000).toISOString();
  change(session.id, { session: { ...session, from, until } });
}

function change(id, patch) {
  if (state.refunding?.id === id) update({ refunding: { ...state.refunding, ...patch } });
}

function rememberWanted(payment) {
  if (payment === undefined) sessionStorage.removeItem(WANTED_SLOT);
  else sessionStorage.setItem(WANTED_SLOT, JSON.stringify({ id: payment.id, deviceId: payment.deviceId }));
}

function wanted() {
  return JSON.parse(sessionStorage.getItem(WANTED_SLOT) ?? 'null') ?? undefined;
}

/** The device of the payment, as a refund stays within its trade point; else the one that was chosen on this page. */
function deviceOf() {
  const devices = devicesToChoose();
  const ofPayment = devices.find((one) => one.deviceId === wanted()?.deviceId);
  const deviceId = ofPayment?.deviceId ?? chosenDevice();
  return deviceId === undefined ? {} : { deviceId };
}
