import type { Hint, MoneyMoved } from '@tolem/base';
import { hintOf } from '../payment/problems.ts';

/** Sentences for the person at the till, by the hub's word; the wire carries none. */
const HINTS: Readonly<Record<string, Hint>> = {
  amount_invalid: {
    kk: 'Сома 1-ден 5 000 000 ₸-ге дейін болуы керек.',
    ru: 'Сумма должна быть от 1 до 5 000 000 ₸.',
    en: 'The amount must be between 1 and 5,000,000 ₸.',
  },
  bank_unavailable: {
    kk: 'Банк қазір жауап бермейді. Ақша алынған жоқ. Қайталап көріңіз немесе терминалды қолданыңыз.',
    ru: 'Банк сейчас не отвечает. Деньги не списаны. Повторите или используйте терминал.',
    en: 'The bank does not answer now. No money was taken. Try again or use the terminal.',
  },
  customer_confirming: {
    kk: 'Сатып алушы төлемді растап жатыр. Нәтижені күтіңіз.',
    ru: 'Покупатель подтверждает оплату. Дождитесь результата.',
    en: 'The customer is confirming. Wait for the outcome.',
  },
  already_paid: {
    kk: 'Төлем өтіп кеткен. Керек болса қайтару жасаңыз.',
    ru: 'Оплата уже прошла. Если нужно, сделайте возврат.',
    en: 'It has been paid. Refund it if needed.',
  },
  late_window_closed: {
    kk: 'Кеш түскен ақша сатып алушыға қайтарылады.',
    ru: 'Опоздавшие деньги возвращаются покупателю.',
    en: 'The late money goes back to the customer.',
  },
  refund_exceeds_payment: {
    kk: 'Қайтару сомасы төлемнен аспауы керек.',
    ru: 'Возврат не может превышать оплату.',
    en: 'A refund may not exceed the payment.',
  },
  refund_in_progress: {
    kk: 'Алдыңғы қайтару әлі аяқталған жоқ. Бірнеше секунд күтіңіз.',
    ru: 'Предыдущий возврат ещё не завершён. Подождите несколько секунд.',
    en: 'An earlier refund is still under way. Wait a few seconds.',
  },
};

const BY_MONEY: Readonly<Record<MoneyMoved, Hint>> = {
  none: {
    kk: 'Ақша алынған жоқ. Қайталанса, бас кеңсеге хабарласыңыз.',
    ru: 'Деньги не списаны. Если повторится, обратитесь в головной офис.',
    en: 'No money was taken. If it happens again, call the head office.',
  },
  maybe: {
    kk: 'Қайта төлем алмаңыз: нәтиже анықталуда.',
    ru: 'Не берите оплату повторно: результат выясняется.',
    en: 'Do not charge again: the outcome is being found out.',
  },
  moved: {
    kk: 'Ақша алынған. Қайта төлем алмаңыз, бас кеңсеге хабарласыңыз.',
    ru: 'Деньги уже списаны. Не берите оплату повторно, обратитесь в головной офис.',
    en: 'Money has moved. Do not charge again; call the head office.',
  },
};

/** The sentence for a refusal of the hub; for a word without one, what can be said of the money. */
export function hubHint(code: string, money: MoneyMoved): Hint {
  const own = Object.hasOwn(HINTS, code) ? HINTS[code] : undefined;
  return own ?? hintOf(code) ?? BY_MONEY[money];
}
