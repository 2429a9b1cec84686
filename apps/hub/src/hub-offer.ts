import type { PaymentMethod } from '@tolem/base';
import type { QrScheme, RefundWay, SchemeOffer } from '@tolem/kaspi-core';

/** What the hub offers its agents under the bank's scheme. Payments of terminals are the agents' own. */
export interface HubOffer {
  scheme: QrScheme;
  methods: PaymentMethod[];
  refundWay: RefundWay;
}

export function hubOffer({ scheme, invoices, refunds }: SchemeOffer): HubOffer {
  return { scheme, methods: invoices ? ['qr', 'link', 'invoice'] : ['qr', 'link'], refundWay: refunds };
}
