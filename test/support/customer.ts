import { eventually } from './program.ts';
import type { TillPayment, TillRefundSession } from './till.ts';
import type { World } from './world.ts';

/** The customer's phone: acts on the purchase that the bank made for a payment. */
export interface Customer {
  /** The bank's id of the purchase made for a payment. */
  find(paymentId: string): Promise<string>;
  scan(paymentId: string): Promise<void>;
  confirm(paymentId: string, charged?: string): Promise<void>;
  decline(paymentId: string): Promise<void>;
  /** Confirms although the time is over: late money. */
  confirmLate(paymentId: string): Promise<void>;
  act(paymentId: string, action: string, body?: Record<string, unknown>): Promise<void>;
}

export function createCustomer(world: World): Customer {
  const find = async (paymentId: string) =>
    (
      await eventually(
        `the bank has a purchase for ${paymentId}`,
        async () => (await world.bank.purchases(paymentId))[0],
      )
    ).bankPaymentId;
  const act: Customer['act'] = async (paymentId, action, body) => world.bank.act(await find(paymentId), action, body);
  return {
    find,
    act,
    scan: (paymentId) => act(paymentId, 'scan'),
    confirm: (paymentId, charged) => act(paymentId, 'confirm', charged === undefined ? {} : { amount: charged }),
    decline: (paymentId) => act(paymentId, 'decline'),
    confirmLate: (paymentId) => act(paymentId, 'late-confirm'),
  };
}

/** A QR payment that the customer has scanned and confirmed. */
export async function payByQr(world: World, amount = '100.00'): Promise<TillPayment> {
  const customer = createCustomer(world);
  const asked = await world.till.pay({ method: 'qr', amount });
  await customer.scan(asked.id);
  await customer.confirm(asked.id);
  return world.till.waitFor(asked.id, 'paid');
}

/** The customer comes back to the till and scans a refund code; gives the session in which they are known. */
export async function comeBack({ till, bank }: Pick<World, 'till' | 'bank'>, customer?: string): Promise<string> {
  const opened = await till.openRefundSession();
  const { qr } = opened.qr
    ? opened
    : await eventually('the till shows a refund code', async () => {
        const answer = await till.call(`/refund-sessions/${opened.id}`);
        return (answer.body as { qr?: { token: string } }).qr && (answer.body as unknown as TillRefundSession);
      });
  if (!qr) throw new Error('no refund code is shown');
  await bank.scanRefundCode(qr.token, customer);
  await till.waitForSession(opened.id, 'customer_known');
  return opened.id;
}

/** Waits until the bank or a terminal has received a call whose path holds `path`, counted from `before` calls. */
export async function callArrives(world: World, path: string, before = 0): Promise<void> {
  await eventually(`a call to ${path}`, async () => {
    const calls = await world.bank.calls();
    return calls.filter((call) => call.path.includes(path)).length > before;
  });
}
