export * from './gen/tolem/v1/hub_service.ts';
export * from './gen/tolem/v1/money.ts';
// Each generated file declares these; naming one source settles which is meant.
export {
  type DeepPartial,
  type Exact,
  type MessageFns,
  protobufFileName,
  protobufPackage,
} from './gen/tolem/v1/money.ts';
export * from './gen/tolem/v1/payment.ts';
export * from './gen/tolem/v1/report.ts';
