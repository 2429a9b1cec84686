import { type Context, Money } from '@tolem/base';
import type { CaseDesk } from '../case/case-desk.ts';
import type {
  HubLink,
  HubPaymentView,
  HubRefundView,
  HubWelcome,
  Resumed,
  ResumedPayment,
  ResumedRefund,
} from '../hub/hub-link.ts';
import type { HubSession } from '../hub/hub-session.ts';
import type { HubPayments } from '../payment/hub-payments.ts';
import type { PaymentBook } from '../payment/payment-book.ts';
import type { PaymentRecord } from '../payment/payment-record.ts';
import type { RefundRecord } from '../refund/refund-record.ts';
import type { EdgeStore, EdgeWriter } from '../store/edge-store.ts';
import { unlessDiskFull } from '../store/persist.ts';
import type { TerminalRack } from '../terminal/terminal-rack.ts';

/** A failed `Resume` is asked again with the next session, or after this time. */
const RETRY_MS = 15_000;
/** What was only shown before a crash had versions too: those of this process begin above any of them. */
const SHOWN_VERSION_GAP = 1_000;
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
  /** Takes up open refunds of the hub. */
  followRefunds: () => void;
}): Recovery {
  const { context, store, book, cases, rack, link, session, hubPayments } = parts;
  let isAsking = false;

  const restore = ({ view, keyHash, bodyHash }: ResumedPayment): boolean => {
    const known = book.get(view.paymentId);
    store.transact((writer) => {
      if (!known) {
        const restored = restoredPayment(view, context.clock.nowMs());
        if (restored.status === 'unknown') writer.putPayment(restored);
        else writer.restorePayment(restored);
      }
      if (view.method === 'terminal') restoreRefunds(view, writer);
      if (keyHash && bodyHash && !store.key(keyHash)) {
        writer.putKey({ keyHash, bodyHash, kind: 'payment', id: view.paymentId, createdAtMs: view.createdAtMs });
      }
    });
    book.announce(book.must(view.paymentId));
    hubPayments.take(view);
    const now = book.must(view.paymentId);
    if (!now.final && now.method !== 'terminal') session.watch(now.paymentId);
    if (now.abandon === 'pending') hubPayments.tellAbandoned();
    return known === undefined;
  };
  /** A key that began a refund never begins another; the refund itself is the hub's to tell. */
  const restoreKeyed = ({ refund, keyHash, bodyHash }: ResumedRefund): boolean => {
    const { refundId, paymentId, createdAtMs } = refund;
    const isNew = store.refund(refundId) === undefined && store.payment(paymentId) !== undefined;
    store.transact((writer) => {
      if (isNew) writer.restoreRefund({ ...restoredHubRefund(refund), keyHash, bodyHash });
      if (!store.key(keyHash)) writer.putKey({ keyHash, bodyHash, kind: 'refund', id: refundId, createdAtMs });
    });
    return false;
  };
  const take = (resumed: Resumed): boolean => ('refund' in resumed ? restoreKeyed(resumed) : restore(resumed));
  /** Refunds that this journal does not know count against what may still be given back. */
  const restoreRefunds = (view: HubPaymentView, writer: EdgeWriter): void => {
    for (const refund of view.refunds) {
      if (!store.refund(refund.refundId)) writer.restoreRefund(restoredRefund(refund));
    }
    const payment = store.payment(view.paymentId);
    if (payment && view.refunded.compare(payment.refunded) > 0) {
      writer.restorePayment({ ...payment, refunded: view.refunded });
    }
  };
  const resume = async (): Promise<void> => {
    if (isAsking || store.meta('resume') === 'done' || !session.isUp()) return;
    isAsking = true;
    try {
      const found = (await link.resume()).map(take).filter((isNew) => isNew).length;
      parts.followRefunds();
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
  /** A hub that was restored from a backup counts versions from an earlier number: all it says of open records is news. */
  const forgetVersions = ({ hubEpoch }: HubWelcome): void => {
    if (store.meta('watched_hub_epoch') === hubEpoch) return;
    store.transact((writer) => {
      for (const payment of store.openPayments()) {
        if (payment.method !== 'terminal') writer.restorePayment({ ...payment, hubVersion: 0 });
      }
      for (const refund of store.openRefunds()) {
        // Not zero: the hub was asked for it once, and is never asked to begin it again.
        if (refund.owner === 'hub' && refund.hubVersion > 1) writer.restoreRefund({ ...refund, hubVersion: 1 });
      }
      writer.putMeta('watched_hub_epoch', hubEpoch);
    });
  };
  const passShownVersions = (): void => {
    const open = store.openPayments().filter((payment) => payment.method === 'terminal');
    if (open.length === 0) return;
    store.transact((writer) => {
      for (const payment of open) {
        writer.restorePayment({ ...payment, version: payment.version + SHOWN_VERSION_GAP });
      }
    });
  };
  session.subscribe({
    greeted: (welcome) => unlessDiskFull(context, 'hub epoch', () => forgetVersions(welcome)),
    up: () => void resume(),
  });
  return {
    journalBroken,
    start() {
      unlessDiskFull(context, 'versions', passShownVersions);
      const { found, detail = '' } = store.opening;
      if (found === 'damaged' || found === 'lost') journalBroken(found, detail);
      else if (store.meta('resume') === 'wanted' && !store.openCase('journal_lost', store.log.position().epoch)) {
        journalBroken('lost', 'the process that found it so has ended');
      }
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
    restored: true,
    ...(isTerminal && view.amountPaid ? { amountPaid: view.amountPaid } : {}),
    ...(isTerminal && view.paidAtMs !== undefined ? { paidAtMs: view.paidAtMs } : {}),
    ...(isTerminal ? { refunded: view.refunded } : {}),
    ...(view.orderId === undefined ? {} : { orderId: view.orderId }),
    // Nobody has scanned it, and the till may have been told that nothing was started: it is taken down, never shown.
    ...(!isTerminal && isUnscanned(view) ? { abandon: 'pending' as const } : {}),
    ...(isTerminal ? { terminal: { terminalId: '', start: 'sent' as const } } : {}),
  };
}

function isUnscanned({ status }: HubPaymentView): boolean {
  return status === 'created' || status === 'awaiting_scan';
}

/** As the hub has it: what is still open there is followed again. */
function restoredHubRefund(view: HubRefundView): RefundRecord {
  const { terminal: _, statusReason: __, ...rest } = restoredRefund(view);
  return {
    ...rest,
    owner: 'hub',
    status: view.status === 'unlisted' ? 'unknown' : view.status,
    ...(view.statusReason === undefined ? {} : { statusReason: view.statusReason }),
    hubVersion: view.updatedAtMs,
  };
}

/** The outcome of one that had not ended is not known here, and its terminal is not either: a person settles it. */
function restoredRefund(view: HubRefundView): RefundRecord {
  const isFinal = view.status === 'confirmed' || view.status === 'declined';
  return {
    refundId: view.refundId,
    paymentId: view.paymentId,
    owner: 'agent',
    amount: view.amount,
    status: view.status === 'confirmed' || view.status === 'declined' ? view.status : 'unknown',
    ...(isFinal ? {} : { statusReason: 'journal_lost' }),
    reason: view.reason,
    actor: '',
    token: '',
    version: RESTORED_VERSION_GAP,
    hubVersion: 0,
    createdAtMs: view.createdAtMs,
    updatedAtMs: view.updatedAtMs,
    terminal: { terminalId: '', start: 'sent' },
  };
}
