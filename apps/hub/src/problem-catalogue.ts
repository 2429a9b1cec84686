import { type Hint, type MoneyMoved, type Problem, ProblemError, type Retry } from '@tolem/base';

interface Entry {
  status: number;
  money: MoneyMoved;
  retry: Retry;
  hint: Hint;
}

const CALL_HQ: Hint = {
  kk: 'Бас кеңсеге хабарласыңыз.',
  ru: 'Обратитесь в головной офис.',
  en: 'Call the head office.',
};
const AGAIN: Hint = {
  kk: 'Ақша алынған жоқ. Қайталап көріңіз.',
  ru: 'Деньги не списаны. Попробуйте ещё раз.',
  en: 'No money was taken. Try again.',
};
const WAIT: Hint = {
  kk: 'Бірнеше секунд күтіңіз.',
  ru: 'Подождите несколько секунд.',
  en: 'Wait a few seconds.',
};
const DO_NOT_CHARGE: Hint = {
  kk: 'Қайта төлем алмаңыз: нәтиже анықталуда.',
  ru: 'Не берите оплату повторно: результат выясняется.',
  en: 'Do not charge again: the outcome is being found out.',
};

const entry = (status: number, money: MoneyMoved, retry: Retry, hint: Hint): Entry => ({ status, money, retry, hint });

/** Every refusal of the hub's core: its HTTP status, what it says about money, and whether to try again. */
const CATALOGUE = {
  request_invalid: entry(400, 'none', 'never', CALL_HQ),
  amount_invalid: entry(422, 'none', 'never', {
    kk: 'Сома 1-ден 5 000 000 ₸-ге дейін болуы керек.',
    ru: 'Сумма должна быть от 1 до 5 000 000 ₸.',
    en: 'The amount must be between 1 and 5,000,000 ₸.',
  }),
  forbidden: entry(403, 'none', 'never', CALL_HQ),
  payment_not_found: entry(404, 'none', 'never', CALL_HQ),
  refund_not_found: entry(404, 'none', 'never', CALL_HQ),
  agent_not_found: entry(404, 'none', 'never', CALL_HQ),
  case_not_found: entry(404, 'none', 'never', CALL_HQ),
  agent_exists: entry(409, 'none', 'never', CALL_HQ),
  agent_revoked: entry(403, 'none', 'never', CALL_HQ),
  superseded: entry(409, 'none', 'never', CALL_HQ),
  clone_suspected: entry(409, 'none', 'never', CALL_HQ),
  fingerprint_changed: entry(409, 'none', 'never', CALL_HQ),
  key_used: entry(409, 'none', 'never', CALL_HQ),
  payment_conflict: entry(409, 'none', 'never', CALL_HQ),
  refund_conflict: entry(409, 'none', 'never', CALL_HQ),
  case_closed: entry(409, 'none', 'never', CALL_HQ),
  method_not_offered: entry(422, 'none', 'never', {
    kk: 'Дүкеннің Kaspi-мен келісімінде бұл жоқ. Басқасын таңдаңыз.',
    ru: 'Договор магазина с Kaspi этого не даёт. Выберите другой способ.',
    en: 'The shop’s agreement with Kaspi does not have this. Choose another way.',
  }),
  device_required: entry(422, 'none', 'never', CALL_HQ),
  device_unknown: entry(422, 'none', 'never', CALL_HQ),
  device_disabled: entry(422, 'none', 'never', CALL_HQ),
  device_not_registered: entry(503, 'none', 'after', AGAIN),
  device_taken: entry(409, 'none', 'never', CALL_HQ),
  device_at_other_trade_point: entry(409, 'none', 'never', CALL_HQ),
  trade_point_unknown: entry(422, 'none', 'never', CALL_HQ),
  organization_unknown: entry(422, 'none', 'never', CALL_HQ),
  bank_refused: entry(422, 'none', 'never', CALL_HQ),
  bank_unavailable: entry(503, 'none', 'same_key', AGAIN),
  hub_unavailable: entry(503, 'none', 'same_key', AGAIN),
  customer_confirming: entry(409, 'maybe', 'never', {
    kk: 'Сатып алушы төлемді растап жатыр. Күтіңіз.',
    ru: 'Покупатель подтверждает оплату. Подождите.',
    en: 'The customer is confirming. Wait.',
  }),
  already_paid: entry(409, 'moved', 'never', {
    kk: 'Төлем өтіп кеткен. Керек болса қайтарыңыз.',
    ru: 'Оплата уже прошла. Если нужно, сделайте возврат.',
    en: 'It has been paid. Refund it if needed.',
  }),
  outcome_unknown: entry(409, 'maybe', 'never', DO_NOT_CHARGE),
  late_window_closed: entry(409, 'moved', 'never', {
    kk: 'Кеш түскен ақша сатып алушыға қайтарылады.',
    ru: 'Опоздавшие деньги возвращаются покупателю.',
    en: 'The late money goes back to the customer.',
  }),
  late_money_held: entry(409, 'moved', 'never', {
    kk: 'Кеш түскен ақша өзі қайтарылмайды. Бас кеңсеге хабарласыңыз.',
    ru: 'Опоздавшие деньги сами не возвращаются. Обратитесь в головной офис.',
    en: 'The late money does not go back by itself. Call the head office.',
  }),
  no_late_money: entry(409, 'none', 'never', CALL_HQ),
  not_refundable: entry(409, 'none', 'never', CALL_HQ),
  refunds_not_offered: entry(409, 'none', 'never', {
    kk: 'Қайтаруды Kaspi Pay қосымшасында жасаңыз: «Қайтару» бөлімі, сатып алушы кодты сканерлейді.',
    ru: 'Сделайте возврат в приложении Kaspi Pay: раздел «Возврат», покупатель сканирует код.',
    en: 'Refund in the Kaspi Pay app: section “Возврат” (refund), the customer scans the code.',
  }),
  customer_required: entry(409, 'none', 'never', {
    kk: 'Қайтару тек сатып алушымен бірге, кассада: ол қайтару кодын сканерлейді.',
    ru: 'Возврат только вместе с покупателем, на кассе: он сканирует код возврата.',
    en: 'Refunds need the customer at the till: they scan the refund code.',
  }),
  refund_session_not_found: entry(404, 'none', 'never', CALL_HQ),
  customer_not_known: entry(409, 'none', 'after', {
    kk: 'Сатып алушыдан қайтару кодын сканерлеуді сұраңыз.',
    ru: 'Попросите покупателя отсканировать код возврата.',
    en: 'Ask the customer to scan the refund code.',
  }),
  refund_session_over: entry(409, 'none', 'never', {
    kk: 'Қайтару уақыты бітті. Қайтадан бастаңыз.',
    ru: 'Время возврата вышло. Начните возврат заново.',
    en: 'The time for this refund is over. Start it again.',
  }),
  not_customers_purchase: entry(409, 'none', 'never', {
    kk: 'Бұл төлем осы сатып алушының соңғы он төлемінде жоқ.',
    ru: 'Этой оплаты нет среди последних десяти покупок этого покупателя.',
    en: 'This payment is not among the last ten purchases of this customer.',
  }),
  refund_exceeds_payment: entry(422, 'none', 'never', {
    kk: 'Қайтару сомасы төлемнен аспауы керек.',
    ru: 'Возврат не может превышать оплату.',
    en: 'A refund may not exceed the payment.',
  }),
  command_not_found: entry(404, 'none', 'never', CALL_HQ),
  command_gone: entry(409, 'none', 'never', CALL_HQ),
  command_claimed: entry(409, 'maybe', 'never', {
    kk: 'Дүкен қайтаруды бастап кетті. Нәтижесін күтіңіз.',
    ru: 'Магазин уже начал возврат. Дождитесь результата.',
    en: 'The store has begun the refund. Wait for its outcome.',
  }),
  refund_at_agent: entry(409, 'maybe', 'never', {
    kk: 'Терминалдағы қайтаруды дүкенде, кассада шешеді.',
    ru: 'Возврат на терминале завершают в магазине, на кассе.',
    en: 'A refund at a terminal is settled in the store, at its till.',
  }),
  refund_in_progress: entry(409, 'none', 'after', WAIT),
  refresh_too_soon: entry(429, 'maybe', 'after', WAIT),
  webhook_unknown: entry(404, 'none', 'never', CALL_HQ),
  webhook_replay_too_large: entry(422, 'none', 'never', CALL_HQ),
  phone_invalid: entry(422, 'none', 'never', {
    kk: 'Қазақстандық ұялы телефон нөмірін енгізіңіз, мысалы 8 707 777 77 77.',
    ru: 'Введите казахстанский мобильный номер, например 8 707 777 77 77.',
    en: 'Enter a Kazakh mobile number, such as 8 707 777 77 77.',
  }),
  payer_not_found: entry(422, 'none', 'never', {
    kk: 'Бұл нөмірде Kaspi клиенті табылмады. Нөмірді тексеріңіз немесе басқа төлем тәсілін таңдаңыз.',
    ru: 'По этому номеру клиент Kaspi не найден. Проверьте номер или выберите другой способ оплаты.',
    en: 'The bank knows no customer under this number. Check it or choose another way of paying.',
  }),
  payer_lookups_exhausted: entry(429, 'none', 'after', {
    kk: 'Бұл кассадан нөмірлер тым жиі тексерілді. Бір минут күтіңіз.',
    ru: 'С этой кассы номера проверяли слишком часто. Подождите минуту.',
    en: 'This till has looked up too many numbers. Wait a minute.',
  }),
  hub_recovering: entry(503, 'none', 'after', {
    kk: 'Хаб қалпына келтірілуде: әзірге шот жіберілмейді. Басқа төлем тәсілін таңдаңыз.',
    ru: 'Хаб восстанавливается: счета пока не отправляются. Выберите другой способ оплаты.',
    en: 'The hub is recovering: no invoices are sent for now. Choose another way of paying.',
  }),
  invoice_not_unanswered: entry(409, 'none', 'never', {
    kk: 'Бұл шотты іздеудің қажеті жоқ.',
    ru: 'Этот счёт искать не нужно.',
    en: 'Nobody needs to look for this invoice.',
  }),
  invoice_differs: entry(409, 'none', 'never', {
    kk: 'Бұл басқа операция: сомасы, уақыты немесе төлемі сәйкес емес. Нөмірді тексеріңіз.',
    ru: 'Это другая операция: не совпадает сумма, время или платёж. Проверьте номер.',
    en: 'This is another purchase: amount, time or payment do not fit. Check the number.',
  }),
  invoice_unverified: entry(503, 'none', 'after', {
    kk: 'Банк бұл нөмірді растамады. Нөмірді тексеріп, жарты минуттан кейін қайталаңыз.',
    ru: 'Банк не подтвердил этот номер. Проверьте его и повторите через полминуты.',
    en: 'The bank did not confirm this number. Check it and try again in half a minute.',
  }),
  invoice_may_live: entry(409, 'maybe', 'after', {
    kk: 'Шот сатып алушыда бір тәулік тұруы мүмкін: бұлай деуге әлі ерте.',
    ru: 'Счёт может лежать у покупателя сутки: так решать ещё рано.',
    en: 'The customer may have it for a day: it is too early to say so.',
  }),
  refund_not_open: entry(409, 'none', 'never', CALL_HQ),
} as const satisfies Record<string, Entry>;

export type ProblemCode = keyof typeof CATALOGUE;

/** Builds the error that a door answers with. */
export function problem(
  code: ProblemCode,
  detail: string,
  more: Partial<Pick<Problem, 'paymentId' | 'refundId' | 'retryAfterS' | 'fields' | 'money'>> = {},
  cause?: unknown,
): ProblemError {
  return new ProblemError({ ...CATALOGUE[code], code, detail, ...more }, cause);
}
