import type { HubWorld } from '../hub-world.ts';
import { problem } from '../problem-catalogue.ts';
import type { RefundSessionService } from './refund-session-service.ts';

export function createRefundSessionService(world: HubWorld): RefundSessionService {
  const refuse = async (): Promise<never> => {
    const { scheme, refunds } = world.bank.offer;
    if (refunds === 'none') throw problem('refunds_not_offered', 'scheme 1 of the bank has no refunds');
    throw problem('request_invalid', `scheme ${scheme} has no refund sessions here`);
  };
  return { open: refuse, get: refuse, listPurchases: refuse };
}
