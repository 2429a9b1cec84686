import { ProblemError } from '@tolem/base';
import type { EdgeIntervals } from '../edge-settings.ts';
import type { CreateHubPayment } from '../hub/hub-link.ts';
import type { PaymentRecord } from './payment-record.ts';
import { refusal } from './problems.ts';

/** What the hub is asked to begin. */
export function requestOf(payment: PaymentRecord, intervals: EdgeIntervals): CreateHubPayment {
  return {
    paymentId: payment.paymentId,
    method: payment.method,
    amount: payment.amount,
    lateAcceptMs: intervals.lateAcceptMs,
    keyHash: payment.keyHash ?? '',
    bodyHash: payment.bodyHash ?? '',
    ...(payment.deviceId === undefined ? {} : { deviceId: payment.deviceId }),
    ...(payment.orderId === undefined ? {} : { orderId: payment.orderId }),
    ...(payment.phone === undefined ? {} : { phone: payment.phone }),
    ...(payment.comment === undefined ? {} : { comment: payment.comment }),
  };
}

/** A question of the till to the hub: without an answer nothing is known, and it may be asked again. */
export async function asked<Answer>(call: () => Promise<Answer>, paymentId?: string): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw refusal(
      {
        status: 503,
        code: 'hub_unreachable',
        detail: 'the hub did not answer: whether it has done what was asked is not known yet',
        money: 'maybe',
        retry: 'after',
        retryAfterS: 5,
        ...(paymentId === undefined ? {} : { paymentId }),
      },
      error,
    );
  }
}
