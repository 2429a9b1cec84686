import { Money } from '@tolem/base';
import { expectAgreement } from '../support/agreement.ts';
import { eventually } from '../support/program.ts';
import type { Product } from './product.ts';
import { sellAtOldTill } from './smoke-drop-in.ts';
import { payWithoutRefunds, refundWithCustomer, startSchemeWorld } from './smoke-schemes.ts';

type Say = (line: string) => void;

/** Pays and refunds once in every way; one line a step; false when a step failed. */
export async function runSmoke(product: Product, say: Say): Promise<boolean> {
  // They start while the first steps run.
  const withCustomer = startSchemeWorld(2);
  const withoutRefunds = startSchemeWorld(1);
  const steps: Array<[string, () => Promise<string>]> = [
    ['QR', () => payByQr(product)],
    ['link', () => payByLink(product)],
    ['invoice', () => payByInvoice(product)],
    ['terminal v2, card', () => payAtTerminal(product, 'front', 'card')],
    ['terminal v2, QR', () => payAtTerminal(product, 'front', 'qr')],
    ['terminal v1, card', () => payAtTerminal(product, 'old', 'card')],
    ['terminal v2, refund asked by HQ', () => refundFromHeadquarters(product)],
    ['drop-in LAN API', () => sellAtOldTill(product)],
    ['truth', () => compareWithTruth(product)],
    ['scheme 2, refund with the customer', () => withCustomer.perform(refundWithCustomer)],
    ['scheme 1, no refunds', () => withoutRefunds.perform(payWithoutRefunds)],
  ];
  let isWell = true;
  for (const [name, perform] of steps) {
    try {
      say(`  ok    ${name}: ${await perform()}`);
    } catch (error) {
      isWell = false;
      say(`  FAIL  ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  await Promise.all([withCustomer.stop(), withoutRefunds.stop()]);
  say(isWell ? 'smoke: all well' : 'smoke: something failed');
  return isWell;
}

async function payByQr({ till, bank }: Product): Promise<string> {
  const asked = await till.pay({ method: 'qr', amount: '1500.00', orderId: 'smoke-qr' });
  const purchase = await eventually('the bank knows the purchase', async () => (await bank.purchases(asked.id))[0]);
  await bank.act(purchase.bankPaymentId, 'scan');
  await till.waitFor(asked.id, 'awaiting_confirmation');
  await bank.act(purchase.bankPaymentId, 'confirm');
  await till.waitFor(asked.id, 'paid');
  await refund(till, asked.id, '400.50');
  await refund(till, asked.id, undefined);
  const after = await till.get(asked.id);
  return `1500.00 paid, refunded in two parts (${after.refundedAmount})`;
}

async function payByLink({ till, bank }: Product): Promise<string> {
  const asked = await till.pay({ method: 'link', amount: '900.00', orderId: 'smoke-link' });
  const purchase = await eventually('the bank knows the purchase', async () => (await bank.purchases(asked.id))[0]);
  if (!asked.link || asked.link !== purchase.paymentLink) throw new Error(`the till was given the link ${asked.link}`);
  await bank.act(purchase.bankPaymentId, 'scan');
  await till.waitFor(asked.id, 'awaiting_confirmation');
  await bank.act(purchase.bankPaymentId, 'confirm');
  await till.waitFor(asked.id, 'paid');
  await refund(till, asked.id, undefined);
  return 'paid and refunded (900.00)';
}

/** The bank never tells about an invoice: a person has it asked. */
async function payByInvoice({ till, bank }: Product): Promise<string> {
  const phone = '+7 707 123 45 67';
  const found = await till.call(`/payers?phone=${encodeURIComponent(phone)}`);
  const asked = await till.pay({ method: 'invoice', amount: '800.00', orderId: 'smoke-invoice', phone });
  if (asked.payerName !== found.body.clientName) throw new Error(`it went to ${asked.payerName}`);
  const [invoice] = await bank.invoices(asked.id);
  await bank.act(invoice?.bankPaymentId ?? '', 'confirm');
  const answer = await till.post(asked.id, 'refresh');
  if (answer.body.status !== 'paid') throw new Error(`asked about, it is ${JSON.stringify(answer.body)}`);
  await refund(till, asked.id, undefined);
  return 'sent to a named customer, paid, asked about and refunded (800.00)';
}

async function payAtTerminal({ till, bank }: Product, terminalId: string, method: string): Promise<string> {
  const asked = await till.pay({
    method: 'terminal',
    terminalId,
    amount: '700.00',
    orderId: `smoke-${terminalId}-${method}`,
  });
  await bank.terminal(terminalId, 'pay', { method });
  await till.waitFor(asked.id, 'paid');
  const refundId = await startRefund(till, asked.id, '700.00');
  await eventually(
    'the terminal shows the refund',
    async () => (await bank.terminalState(terminalId)).process !== null,
  );
  if (method === 'qr') await bank.terminal(terminalId, 'pay', { method });
  await till.waitForRefund(refundId, 'confirmed');
  return '700.00 paid and refunded';
}

/** The hub's API asks, the agent claims it and gives back at its terminal. */
async function refundFromHeadquarters({ till, bank, hub }: Product): Promise<string> {
  const asked = await till.pay({ method: 'terminal', terminalId: 'front', amount: '600.00', orderId: 'smoke-hq' });
  await bank.terminal('front', 'pay', { method: 'card' });
  await till.waitFor(asked.id, 'paid');
  await eventually('headquarters sees it paid', async () => {
    const seen = await hub.call(`/payments/${asked.id}`);
    return seen.status === 200 && seen.body.status === 'paid';
  });
  const answer = await hub.refund(asked.id, '250.00');
  if (answer.status !== 201) throw new Error(`not asked for: ${answer.status} ${JSON.stringify(answer.body)}`);
  const refundId = String(answer.body.id);
  const end = await eventually('the refund has ended at headquarters', async () => {
    const { body } = await hub.call(`/refunds/${refundId}`);
    return ['confirmed', 'declined', 'unknown'].includes(String(body.status)) ? body : undefined;
  });
  if (end.status !== 'confirmed') throw new Error(`the refund is ${end.status}: ${end.statusReason}`);
  await till.waitForRefund(refundId, 'confirmed');
  return '600.00 paid, 250.00 given back by a claimed command';
}

async function startRefund(till: Product['till'], paymentId: string, amount: string | undefined): Promise<string> {
  const asked = await till.refund(paymentId, amount);
  if (asked.status >= 300) throw new Error(`refund not started: ${asked.status} ${JSON.stringify(asked.body)}`);
  return asked.body.id;
}

async function refund(till: Product['till'], paymentId: string, amount: string | undefined): Promise<void> {
  await till.waitForRefund(await startRefund(till, paymentId, amount), 'confirmed');
}

async function compareWithTruth(product: Product): Promise<string> {
  await expectAgreement(product);
  const truth = await product.bank.truth();
  const charged = Money.sum(truth.charges.map((one) => Money.parse(one.amount)));
  const returned = Money.sum(truth.refunds.map((one) => Money.parse(one.amount)));
  return `the bank charged ${charged} and gave back ${returned}, and the ledger says the same`;
}
