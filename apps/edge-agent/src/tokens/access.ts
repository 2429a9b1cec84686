/**
 * What a caller of the local API may do. `pay`: ask for payments, cancel, take late money. `refund`: give money back.
 * `settle`: say how an unknown payment ended, release a terminal. Every caller may read.
 */
export const SCOPES = ['pay', 'refund', 'settle'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who calls. `tokenId` scopes idempotency keys and must not change while a till may repeat a request. */
export interface Caller {
  tokenId: string;
  /** Shown as the actor of refunds and decisions. */
  name: string;
  scopes: ReadonlySet<Scope>;
  via: 'token' | 'till_page' | 'display_page';
}
