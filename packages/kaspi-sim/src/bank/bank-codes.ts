/** Why the bank refuses. The numbers are the document's, with its misspellings: method lists and annex 3 differ [QR 3.9 annex 3]. */
export type Refusal =
  | 'no_client_certificate'
  | 'device_not_found'
  | 'device_inactive'
  | 'device_at_other_trade_point'
  | 'purchase_not_found'
  | 'no_trade_points'
  | 'trade_point_not_found'
  | 'trade_point_disabled'
  | 'trade_point_without_qr'
  | 'amount_invalid'
  | 'no_payment_methods'
  | 'refund_exceeds_payment'
  | 'refund_from_other_trade_point'
  | 'payment_not_refundable'
  | 'partial_refund_impossible'
  | 'refund_failed'
  | 'unavailable';

export type BankMethod =
  | 'partner/tradepoints'
  | 'device/register'
  | 'device/delete'
  | 'qr/create'
  | 'qr/create-link'
  | 'payment/status'
  | 'payment/details'
  | 'payment/return'
  | 'return/create'
  | 'return/status'
  | 'return/operations'
  | 'remote/client-info'
  | 'remote/create'
  | 'remote/cancel'
  | 'health/ping'
  | 'test/payment';

interface Entry {
  text: string;
  /** Where no method has its own list. */
  codes: readonly number[];
  byMethod?: Partial<Record<BankMethod, readonly number[]>>;
}

const CATALOGUE: Record<Refusal, Entry> = {
  no_client_certificate: { text: 'Отсутствует сертификат клиента', codes: [-10000] },
  device_not_found: { text: 'Устройство с заданным идентификатором не найдено', codes: [-1501] },
  device_inactive: { text: 'Устройство не активно (отключено или удалено)', codes: [-1502] },
  device_at_other_trade_point: { text: 'Устройство уже добавлено в другую торговую точку', codes: [-1503] },
  purchase_not_found: {
    text: 'Покупка не найдена',
    codes: [-1601],
    byMethod: { 'payment/return': [-1601, -990000001], 'remote/cancel': [-99000001] },
  },
  no_trade_points: {
    text: 'Отсутствуют торговые точки, необходимо создать торговую точку в приложении Kaspi Pay',
    codes: [-14000002],
  },
  trade_point_not_found: {
    text: 'Торговая точка не найдена',
    codes: [-99000002, -990000002],
    byMethod: {
      'device/register': [-99000002],
      'payment/return': [-990000002],
      'return/create': [-990000002],
      'remote/client-info': [-990000002],
    },
  },
  trade_point_disabled: {
    text: 'Торговая точка отключена',
    codes: [9900000018, 990000018],
    byMethod: {
      'payment/return': [990000018],
      'return/create': [9900000018],
      'remote/create': [990000018],
      'remote/client-info': [9900000018],
    },
  },
  trade_point_without_qr: {
    text: 'Торговая точка не принимает оплату с QR',
    codes: [9900000026, 990000026],
    byMethod: { 'device/register': [990000026] },
  },
  amount_invalid: {
    text: 'Указана неверная сумма операции',
    codes: [9900000028, 990000028],
    byMethod: { 'remote/create': [990000028] },
  },
  no_payment_methods: { text: 'Нет доступных методов оплаты', codes: [9900000033, 990000033] },
  refund_exceeds_payment: {
    text: 'Сумма возврата не может превышать сумму покупки',
    codes: [-990000005, -99000005],
  },
  refund_from_other_trade_point: {
    text: 'Торговая точка покупки не соответствует текущему устройству',
    codes: [-990000003],
  },
  payment_not_refundable: {
    text: 'Невозможно вернуть покупку (несоответствующий статус покупки)',
    codes: [-990000011],
  },
  partial_refund_impossible: { text: 'Частичный возврат невозможен', codes: [-990000020] },
  /** Never by itself: by a fault that asks for it. */
  refund_failed: {
    text: 'Ошибка возврата, необходимо попробовать еще раз и при повторении ошибки обратиться в банк',
    codes: [-990000006, -99000006],
  },
  unavailable: { text: 'Сервис временно недоступен', codes: [-999] },
};

/** What a method answers: the code and whatever its example holds [QR 3.9 §4.1]. */
export interface BankReply {
  code: number;
  message?: string;
  data?: unknown;
  /** The emulations spell `message` small. */
  isEmulation?: boolean;
}

/** Gives each refusal's spellings by turns, so that a reader of one spelling alone is found out. */
export function createRefusals(): (method: BankMethod, refusal: Refusal) => BankReply {
  const turns = new Map<string, number>();
  return (method, refusal) => {
    const entry = CATALOGUE[refusal];
    const codes = entry.byMethod?.[method] ?? entry.codes;
    const turn = turns.get(`${method} ${refusal}`) ?? 0;
    turns.set(`${method} ${refusal}`, turn + 1);
    return { code: codes[turn % codes.length] ?? -999, message: entry.text };
  };
}

/** The sentence that goes with a code which a fault asks for. */
export function textOfCode(code: number): string {
  const listsIt = (entry: Entry) =>
    [entry.codes, ...Object.values(entry.byMethod ?? {})].some((codes) => codes.includes(code));
  return Object.values(CATALOGUE).find(listsIt)?.text ?? 'Ошибка';
}
