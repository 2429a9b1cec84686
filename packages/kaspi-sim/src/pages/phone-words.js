/** What the customer reads: Russian and Kazakh together. */
export const METHODS = {
  Gold: ['Kaspi Gold', 'С карты · Картадан'],
  Red: ['Kaspi Red', 'Рассрочка · Бөліп төлеу'],
  Loan: ['Кредит', 'На 3 месяца · 3 айға несие'],
};

export const KINDS = { qr: 'QR', link: 'Ссылка · Сілтеме', invoice: 'Счёт · Шот' };

/** Phase → glyph, tone, Russian, Kazakh. */
export const RESULTS = {
  processed: ['✓', 'good', 'Оплачено', 'Төленді'],
  declined: ['✕', 'bad', 'Оплата отменена', 'Төлемнен бас тартылды'],
  unconfirmed: ['⏱', 'bad', 'Время подтверждения вышло', 'Растау уақыты өтіп кетті'],
  expired: ['⏱', 'bad', 'Код больше не действует', 'Код жарамсыз'],
  discarded: ['✕', 'bad', 'Продавец убрал код', 'Сатушы кодты алып тастады'],
  cancelled: ['✕', 'bad', 'Счёт отозван', 'Шот қайтарып алынды'],
};
