export type { Delays } from './delay.ts';
export type { components, paths } from './gen/local-api.ts';
export {
  type CallOptions,
  type CustomerPurchase,
  createTillClient,
  isSettled,
  type Payment,
  type PaymentRequest,
  type Refund,
  type RefundRequest,
  type RefundSession,
  type TillClient,
  type TillClientSettings,
  type WaitOptions,
} from './till-client.ts';
export { type ClientCode, type Problem, TillError } from './till-error.ts';
