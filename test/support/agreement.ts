import { Money } from '@tolem/base';
import type { BankControl, Truth } from './bank-control.ts';
import type { HubCase, HubClient, HubPayment } from './hub-client.ts';
import { eventually } from './program.ts';
import type { Till } from './till.ts';

type Charge = Truth['charges'][number];

/** Who is compared: the bank's truth, the hub's ledger, the agent's. */
export interface Parties {
  bank: BankControl;
  hub: HubClient;
  till: Till;
}

/** What is known to be at the bank besides our own payments. */
export interface Besides {
  /** Purchases that the customer made elsewhere: the bank's, not ours. */
  elsewhere?: string[];
}

/**
 * The yardstick after every situation: the simulator's truth and our ledger agree to the tiyn.
 * Returns every difference in words; an empty list is agreement.
 *
 * Charged money is either a payment that says `paid` with that very amount, or it went back, or an open case names it.
 * What we say was refunded is what the bank really refunded; never more, not even where a case is open: late money
 * that the scheme lets nobody give back by itself is a case, and is not shown as given back.
 */
export function differences(
  truth: Truth,
  payments: HubPayment[],
  cases: HubCase[],
  { elsewhere = [] }: Besides = {},
): string[] {
  const found: string[] = [];
  const openCases = new Set(cases.filter((one) => one.closedAt === undefined).map((one) => one.paymentId));
  const find = (charge: Charge) =>
    payments.find((payment) => payment.id === charge.externalId || isSame(payment, charge));
  const chargesOf = new Map<string, number>();

  for (const charge of truth.charges) {
    if (elsewhere.includes(charge.bankPaymentId)) continue;
    const payment = find(charge);
    if (!payment) {
      found.push(`the bank charged ${charge.amount} (${charge.bankPaymentId}) and we know nothing of it`);
      continue;
    }
    chargesOf.set(payment.id, (chargesOf.get(payment.id) ?? 0) + 1);
    const refunded = sum(truth.refunds.filter((refund) => refund.bankPaymentId === charge.bankPaymentId));
    const isPaidRight = payment.status === 'paid' && payment.amountPaid === charge.amount;
    const wentBack = refunded === charge.amount;
    if (!isPaidRight && !wentBack && !openCases.has(payment.id)) {
      found.push(
        `the bank charged ${charge.amount} for ${payment.id}, which is ${payment.status} (${payment.amountPaid})`,
      );
    }
    const said = payment.refundedAmount ?? '0.00';
    const isTooMuch = Money.parse(said).compare(Money.parse(refunded)) > 0;
    if (isTooMuch || (said !== refunded && !openCases.has(payment.id))) {
      found.push(`the bank refunded ${refunded} of ${payment.id}, we say ${said}`);
    }
  }
  for (const [id, times] of chargesOf) if (times > 1) found.push(`${id} was charged ${times} times`);
  for (const payment of payments) {
    if (payment.status === 'paid' && !chargesOf.has(payment.id))
      found.push(`${payment.id} is paid and was never charged`);
  }
  return found;
}

/** A QR payment is known by the bank's id, a terminal's by the terminal and its process. */
function isSame(payment: HubPayment, charge: Charge): boolean {
  const { terminal } = payment;
  if (charge.source !== 'terminal') return payment.bankPaymentId === charge.bankPaymentId;
  return terminal?.terminalId === charge.terminalId && terminal?.processId === charge.processId;
}

/** Waits until nothing differs (reports travel, refunds settle), and fails with the differences that stay. */
export async function expectAgreement(world: Parties, limitMs = 20_000, besides: Besides = {}): Promise<void> {
  let last: string[] = [];
  await eventually(
    'ledger and truth agree',
    async () => {
      last = await differencesNow(world, besides).catch((error: unknown) => [
        `cannot be compared now: ${String(error)}`,
      ]);
      return last.length === 0;
    },
    limitMs,
  ).catch(() => {
    throw new Error(`the ledger and the truth differ:\n${last.join('\n')}`);
  });
}

async function differencesNow(world: Parties, besides: Besides): Promise<string[]> {
  const truth = await world.bank.truth();
  const payments = await world.hub.payments();
  const found = differences(truth, payments, await world.hub.cases(true), besides);
  const seen = await world.till.call('/payments?limit=100');
  const listed = (seen.body.payments ?? []) as Array<{ id: string; status: string; refundedAmount?: string }>;
  for (const ours of listed) {
    const theirs = payments.find((payment) => payment.id === ours.id);
    if (theirs && standing(theirs.status) !== standing(ours.status))
      found.push(`${ours.id}: agent says ${ours.status}, hub ${theirs.status}`);
    if (theirs && more(ours.refundedAmount, theirs.refundedAmount))
      found.push(`${ours.id}: agent says ${ours.refundedAmount} went back, hub ${theirs.refundedAmount}`);
    if (!theirs && ours.status === 'paid') found.push(`${ours.id} is paid at the agent and unknown to the hub`);
  }
  return found;
}

function more(one = '0.00', other = '0.00'): boolean {
  return Money.parse(one).compare(Money.parse(other)) > 0;
}

/** Ways of ending unpaid are one: the agent may say `failed` where the hub, told to abandon it, says `cancelled`. */
function standing(status: string): string {
  return ['failed', 'cancelled', 'expired'].includes(status) ? 'ended unpaid' : status;
}

function sum(items: Array<{ amount: string }>): string {
  return Money.sum(items.map((item) => Money.parse(item.amount))).toString();
}
