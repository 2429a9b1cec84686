import { type Context, Money } from '@tolem/base';
import type { CaseDesk } from '../case/case-desk.ts';
import type { HubLink, ResumedPayment } from '../hub/hub-link.ts';
import type { HubSession } from '../hub/hub-session.ts';
import type { HubPayments } from '../payment/hub-payments.ts';
import type { PaymentBook } from '../payment/payment-book.ts';
import type { PaymentRecord } from '../payment/payment-record.ts';
import type { EdgeStore } from '../store/edge-store.ts';
import type { TerminalRack } from '../terminal/terminal-rack.ts';

/** A failed `Resume` is asked again with the next session, or after this time. */
const RETRY_MS = 15_000;
/** A restored record counts on above any version that the hub may have had of it from the lost journal. */
const RESTORED_VERSION_GAP = 1_000;

/**
 * What happens after the journal was lost, damaged, forked or begun: terminals wait for a person, and open payments and recent
 * keys come back from the hub [decisions: journal, epochs, forks].
 */
export interface Recovery {
  /** The journal cannot be trusted to know the last operations. */
  journalBroken(reason: 'lost' | 'damaged' | 'forked', detail: string): void;
  start(): void;
}

export function createRecovery(parts: {
  context: Context;
  store: EdgeStore;
  book: PaymentBook;
  cases: CaseDesk;
  rack: TerminalRack;
  link: HubLink;
  session: HubSession;
  hubPayments: HubPayments;
}): Recovery {
  const { context, store, book, cases, rack, link, session, hubPayments } = parts;
  let isAsking = false;

  const restore = ({ view, keyHash, bodyHash }: ResumedPayment): boolean => {
    const known = book.get(view.paymentId);
    const isNew = known === undefined;
    if (isNew) book.insert(restoredPayment(view, context.clock.nowMs()));
    if (keyHash && bodyHash && !store.key(keyHash)) {
      const { paymentId: id } = view;
      store.transact((writer) =>
        writer.putKey({ keyHash, bodyHash, kind: 'payment', id, createdAtMs: view.createdAtMs }),
      );
    }
    hubPayments.take(view);
    const now = book.must(view.paymentId);
    if (!now.final && now.method !== 'terminal') session.watch(now.paymentId);
    return isNew;
  };
  const resume = async (): Promise<void> => {
    if (isAsking || store.meta('resume') === 'done' || !session.isUp()) return;
    isAsking = true;
    try {
      const found = (await link.resume()).map(restore).filter((isNew) => isNew).length;
      const isFirstStart = store.meta('resume') === undefined;
      store.transact((writer) => writer.putMeta('resume', 'done'));
      context.log.info({ found }, 'what the hub knows of this agent has been taken over');
      // A new journal of an agent that the hub knows: the old one was lost with its folder.
      if (isFirstStart && found > 0) journalBroken('lost', 'the hub knows payments of this agent');
    } catch (error) {
      context.log.warn({ error }, 'the hub could not be asked what it knows of this agent');
      context.clock.after(RETRY_MS, () => void resume());
    } finally {
      isAsking = false;
    }
  };
  const journalBroken: Recovery['journalBroken'] = (reason, detail) => {
    const isTaken = store.meta('resume') === 'done' && reason === 'lost' && store.opening.found === 'created';
    if (!isTaken) store.transact((writer) => writer.putMeta('resume', 'wanted'));
    rack.distrust(`journal_${reason}`);
    cases.open({ kind: 'journal_lost', subject: store.log.position().epoch, detail: { reason, detail } });
    void resume();
  };
  session.subscribe({ up: () => void resume() });
  return {
    journalBroken,
    start() {
      const { found, detail = '' } = store.opening;
      if (found === 'damaged' || found === 'lost') journalBroken(found, detail);
    },
  };
}

/** A payment that only the hub knew: as it is there, without what the till's request said. */
function restoredPayment(view: ResumedPayment['view'], nowMs: number): PaymentRecord {
  const isTerminal = view.method === 'terminal';
  return {
    paymentId: view.paymentId,
    method: view.method === 'unlisted' ? 'qr' : view.method,
    amount: view.amount,
    // The hub's view is merged over this; of a terminal's payment it only knows what we once told it.
    status: isTerminal && view.status !== 'unlisted' ? view.status : 'created',
    ...(isTerminal && !view.final ? { status: 'unknown' as const, statusReason: 'journal_lost' } : {}),
    final: isTerminal && view.final,
    version: view.version + RESTORED_VERSION_GAP,
    createdAtMs: view.createdAtMs,
    updatedAtMs: Math.floor(nowMs),
    refunded: Money.zero,
    hubVersion: 0,
    token: '',
    ...(view.orderId === undefined ? {} : { orderId: view.orderId }),
    ...(isTerminal ? { terminal: { terminalId: '', start: 'sent' as const } } : {}),
  };
}
