import { expectAgreement } from '../support/agreement.ts';
import { comeBack, payByQr } from '../support/customer.ts';
import { startWorld, type World } from '../support/world.ts';
import type { Scheme } from './configurations.ts';

/** A bank, a hub and an agent of their own under another scheme than the product's. */
export interface SchemeWorld {
  perform(act: (world: World) => Promise<string>): Promise<string>;
  stop(): Promise<void>;
}

/** Starts at once; whoever performs waits for it. */
export function startSchemeWorld(scheme: Scheme): SchemeWorld {
  const starting = startWorld({ scheme });
  // A failed start is told by the step that needs it.
  starting.catch(() => undefined);
  return {
    perform: async (act) => act(await starting),
    stop: async () => {
      const world = await starting.catch(() => undefined);
      await world?.stop();
    },
  };
}

/** Scheme 2: the customer comes back, scans a refund code, and gets a part, then the rest. */
export async function refundWithCustomer(world: World): Promise<string> {
  const paid = await payByQr(world, '1200.00');
  const alone = await world.till.refund(paid.id, '200.00');
  expectRefusal(alone, 'customer_required');
  const refundSessionId = await comeBack(world);
  const [purchase] = await world.till.customerPurchases(refundSessionId);
  if (purchase?.paymentId !== paid.id || !purchase.refundable) {
    throw new Error(`the purchase is not offered: ${JSON.stringify(purchase)}`);
  }
  for (const amount of ['450.50', undefined]) {
    const asked = await world.till.refund(paid.id, amount, { refundSessionId });
    if (asked.status >= 300) throw new Error(`refund not started: ${asked.status} ${JSON.stringify(asked.body)}`);
    await world.till.waitForRefund(asked.body.id, 'confirmed');
  }
  await expectAgreement(world);
  return '1200.00 paid; the customer scanned a refund code, and it went back in two parts';
}

/** Scheme 1: paid with the API key; a refund is refused plainly, with where it is made instead. */
export async function payWithoutRefunds(world: World): Promise<string> {
  const paid = await payByQr(world, '300.00');
  expectRefusal(await world.till.refund(paid.id, undefined), 'refunds_not_offered');
  await expectAgreement(world);
  return '300.00 paid with the API key; the refund refused, no money moved';
}

function expectRefusal(answer: { status: number; body: Record<string, unknown> }, code: string): void {
  if (answer.body.code === code && answer.body.money === 'none') return;
  throw new Error(`expected ${code}, got ${answer.status} ${JSON.stringify(answer.body)}`);
}
