import { get } from './api.js';
import { refresh, takeAgent, takeAsked, takePayment, update } from './store.js';

/** A stream that the server refused or ended for good is opened again after this. */
const REOPEN_MS = 2000;
let followed;

/** The agent's own feed: health, terminals, every payment. Comes back by itself; then everything is read anew. */
export function openFeed() {
  let wasAway = false;
  const source = new EventSource('/page/feed');
  source.addEventListener('open', () => {
    if (wasAway) refresh().catch(() => undefined);
    wasAway = false;
    update({ isAgentAway: false });
  });
  source.addEventListener('agent', (event) => takeAgent(JSON.parse(event.data)));
  source.addEventListener('payment', (event) => takePayment(JSON.parse(event.data)));
  source.addEventListener('asked', (event) => takeAsked(JSON.parse(event.data)));
  source.addEventListener('error', () => {
    wasAway = true;
    update({ isAgentAway: true });
    if (source.readyState !== EventSource.CLOSED) return;
    source.close();
    setTimeout(openFeed, REOPEN_MS);
  });
}

/** Follows the payment on the screen by its own stream, by which the agent knows that the till has seen its outcome. */
export function follow(paymentId) {
  if (followed?.id === paymentId) return;
  followed?.source.close();
  followed = paymentId === undefined ? undefined : { id: paymentId, source: openStream(paymentId) };
}

function openStream(paymentId) {
  const source = new EventSource(`/v1/payments/${encodeURIComponent(paymentId)}/events`);
  source.addEventListener('payment', (event) => {
    const payment = JSON.parse(event.data);
    if (followed?.id !== paymentId) return;
    takePayment(payment);
    update({ payment });
  });
  source.addEventListener('error', () => {
    if (source.readyState !== EventSource.CLOSED || followed?.id !== paymentId) return;
    // The agent answered with an error: an id that is not known here, or a session that is over.
    setTimeout(() => {
      if (followed?.id !== paymentId) return;
      get(`/v1/payments/${encodeURIComponent(paymentId)}`).then(
        () => {
          followed = undefined;
          follow(paymentId);
        },
        (error) => update({ refusal: error.problem }),
      );
    }, REOPEN_MS);
  });
  return source;
}
