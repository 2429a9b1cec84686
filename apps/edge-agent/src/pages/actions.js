import { get, NoAnswer, post, Refused } from './api.js';
import { makeIntent, pendingIntent, performIntent } from './intents.js';
import { toAmount } from './money.js';
import { chosenDevice, state, takePayment, update } from './store.js';

/** Starts the payment that the pad shows. A second call while one is pending does nothing. */
export function startPayment(method, terminalId, more = {}) {
  const amount = toAmount(state.typed);
  if (amount === undefined || state.intent || pendingIntent()) return;
  const orderId = state.orderId.trim();
  const body = {
    method,
    amount,
    ...more,
    ...(orderId === '' ? {} : { orderId }),
    ...(terminalId === undefined ? deviceOf() : { terminalId }),
  };
  send(makeIntent('payment', '/v1/payments', body));
}

/** Without a choice where there is none: the agent then takes its only device. */
function deviceOf() {
  const deviceId = chosenDevice();
  return deviceId === undefined ? {} : { deviceId };
}

/** Asks for a refund; the dialog has checked amount and reason. */
export function startRefund(paymentId, body) {
  if (state.intent || pendingIntent()) return;
  send(makeIntent('refund', `/v1/payments/${paymentId}/refunds`, body));
}

/** Goes on with what a reload interrupted. */
export function resumeIntent() {
  const intent = pendingIntent();
  if (intent) send(intent);
}

/** Sends the same request once more after a refusal that said to come back later. */
export function tryAgain(intent) {
  if (state.intent) return;
  send(makeIntent(intent.kind, intent.path, intent.body));
}

function send(intent) {
  update({ intent, isIntentLate: false, refusal: undefined, isBusy: true });
  void performIntent(intent, {
    onTrouble: () => update({ isIntentLate: true }),
    keep: (answer) => {
      if (intent.kind === 'payment') {
        takePayment(answer);
        update({ typed: '', orderId: '', payment: answer });
        go(`/payment/${answer.id}`);
      }
      update({ intent: undefined, isBusy: false });
    },
    onRefusal: (problem) => update({ intent: undefined, isBusy: false, refusal: { ...problem, intent } }),
  });
}

/** Performs one small step on the payment shown; its refusal is shown beside it. */
export async function act(action, body = {}) {
  const { id } = state.payment;
  if (state.isBusy) return;
  update({ isBusy: true, refusal: undefined });
  try {
    const payment = await post(`/v1/payments/${id}/${action}`, body);
    takePayment(payment);
    if (state.payment?.id === id) update({ payment });
  } catch (error) {
    update({ refusal: problemOf(error) });
  } finally {
    update({ isBusy: false });
  }
}

export async function showPayment(id) {
  if (state.payment?.id === id) return;
  const known = [...state.open, ...state.recent, ...state.history.payments].find((one) => one.id === id);
  update({ payment: known, refusal: undefined });
  if (known) return;
  try {
    update({ payment: await get(`/v1/payments/${encodeURIComponent(id)}`) });
  } catch (error) {
    if (error instanceof Refused) update({ refusal: error.problem });
  }
}

/** Searches by order, by our id, or by status; `isMore` goes on where the list ends. */
export async function search(isMore = false) {
  const { query, status, payments, nextCursor } = state.history;
  const wanted = query.trim();
  try {
    if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(wanted)) {
      const payment = await get(`/v1/payments/${wanted.toLowerCase()}`);
      return setHistory({ payments: [payment], nextCursor: undefined });
    }
    const filter = new URLSearchParams({ limit: '20' });
    if (wanted !== '') filter.set('orderId', wanted);
    if (status !== '') filter.set('status', status);
    if (isMore && nextCursor) filter.set('cursor', nextCursor);
    const found = await get(`/v1/payments?${filter}`);
    setHistory({ payments: isMore ? [...payments, ...found.payments] : found.payments, nextCursor: found.nextCursor });
  } catch {
    setHistory({ payments: [], nextCursor: undefined });
  }
}

export function setHistory(patch) {
  update({ history: { ...state.history, isLoaded: true, ...patch } });
}

export function go(path) {
  location.hash = `#${path}`;
}

export function problemOf(error) {
  if (error instanceof Refused) return error.problem;
  if (error instanceof NoAnswer) return { code: 'no_answer', noAnswer: true };
  throw error;
}
