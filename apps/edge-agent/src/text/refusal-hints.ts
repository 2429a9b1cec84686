import type { Hint } from '@tolem/base';

/** A sentence for the person at the till for every refusal of the agent's core: none falls back to a general one. */
export const REFUSAL_HINTS = {
  hub_unreachable: {
    kk: 'Орталықпен байланыс жоқ. Төлем басталған жоқ. Терминалды қолданыңыз немесе кейінірек қайталаңыз.',
    ru: 'Нет связи с центром. Оплата не начата. Используйте терминал или повторите позже.',
    en: 'The hub cannot be reached. Nothing was started. Use the terminal or try again later.',
  },
  terminal_unreachable: {
    kk: 'Терминал жауап бермейді. Төлем басталған жоқ. Терминалда Kaspi Pay ашық тұрғанын тексеріңіз.',
    ru: 'Терминал не отвечает. Оплата не начата. Проверьте, что на терминале открыт Kaspi Pay.',
    en: 'The terminal does not answer. Nothing was started. Check that Kaspi Pay is open on it.',
  },
  terminal_busy: {
    kk: 'Терминалда басқа операция жүріп жатыр. Оның аяқталуын күтіңіз.',
    ru: 'На терминале идёт другая операция. Дождитесь её окончания.',
    en: 'Another operation is under way on the terminal. Wait for it to end.',
  },
  terminal_unresolved: {
    kk: 'Терминалдағы соңғы операцияның нәтижесі белгісіз. Қайта төлетпеңіз: терминал экраны мен чегін тексеріңіз.',
    ru: 'Итог последней операции на терминале неизвестен. Не проводите оплату повторно: проверьте экран и чек терминала.',
    en: 'The outcome of the last operation on the terminal is not known. Do not charge again: look at its screen and its last receipt.',
  },
  terminal_blocked: {
    kk: 'Терминал тоқтатылған: оны маман тексеруі керек.',
    ru: 'Терминал остановлен: его должен проверить специалист.',
    en: 'The terminal is blocked until a technician has looked at it.',
  },
  terminal_unpaired: {
    kk: 'Терминал кассаға қосылмаған. Жұптауды бастап, терминалда «Рұқсат беру» түймесін басыңыз.',
    ru: 'Терминал не сопряжён с кассой. Начните сопряжение и нажмите «Разрешить» на терминале.',
    en: 'The terminal is not paired. Start the pairing and allow it on the terminal.',
  },
  key_used: {
    kk: 'Бұл кілт бұрын қолданылған. Жаңа төлемге жаңа кілт керек.',
    ru: 'Этот ключ уже использован раньше. Для новой оплаты нужен новый ключ.',
    en: 'This key was used long ago. A new payment needs a new key.',
  },
  key_conflict: {
    kk: 'Бұл кілтпен басқа төлем басталған.',
    ru: 'С этим ключом уже начата другая оплата.',
    en: 'This key belongs to another payment.',
  },
  customer_confirming: {
    kk: 'Сатып алушы қазір растап жатыр. Нәтижені күтіңіз.',
    ru: 'Покупатель подтверждает оплату. Дождитесь результата.',
    en: 'The customer is confirming. Wait for the outcome.',
  },
  cancel_at_terminal: {
    kk: 'Төлемді терминалдың өзінде тоқтатыңыз.',
    ru: 'Отмените оплату на самом терминале.',
    en: 'Cancel the payment on the terminal itself.',
  },
  money_has_moved: {
    kk: 'Терминал ақшаны өткізген, бірақ сомасы басқа. Сомасын чектен тексеріп, орталыққа хабарлаңыз.',
    ru: 'Терминал провёл деньги, но на другую сумму. Проверьте сумму по чеку и сообщите в центр.',
    en: 'The terminal has moved the money, but another amount. Check it on the receipt and tell headquarters.',
  },
  journal_recovering: {
    kk: 'Касса журналы қалпына келтірілуде. Жаңа төлем бастамаңыз: сол төлемді қайталап сұраңыз.',
    ru: 'Журнал кассы восстанавливается. Не начинайте новую оплату: повторите этот же запрос.',
    en: 'The journal is being recovered. Start no new payment: ask for this one again.',
  },
  disk_full: {
    kk: 'Кассаның дискісі толды. Төлем басталған жоқ. Маманды шақырыңыз.',
    ru: 'Диск кассы переполнен. Оплата не начата. Позовите специалиста.',
    en: 'The disk is full. Nothing was started. Call a technician.',
  },
  refund_policy: {
    kk: 'Бұл кассада мұндай қайтару рұқсат етілмеген. Орталыққа жүгініңіз.',
    ru: 'Такой возврат на этой кассе не разрешён. Обратитесь в центр.',
    en: 'Such a refund is not allowed at this till. Ask headquarters.',
  },
  method_not_offered: {
    kk: 'Дүкеннің Kaspi-мен келісімінде мұндай төлем тәсілі жоқ. Басқасын таңдаңыз.',
    ru: 'В договоре магазина с Kaspi нет такого способа оплаты. Выберите другой.',
    en: 'The shop’s agreement with Kaspi has no such way of paying. Choose another.',
  },
  refunds_not_offered: {
    kk: 'Мұнда ақшаны қайтару мүмкін емес: оны Kaspi Pay қосымшасында қайтарыңыз.',
    ru: 'Здесь вернуть деньги нельзя: сделайте возврат в приложении Kaspi Pay.',
    en: 'Money cannot be given back here: refund in the Kaspi Pay app.',
  },
  customer_required: {
    kk: 'Қайтару үшін сатып алушы керек: қайтару кодын Kaspi.kz қосымшасымен сканерлесін.',
    ru: 'Для возврата нужен покупатель: попросите его отсканировать код возврата в Kaspi.kz.',
    en: 'The customer is needed: ask them to scan the refund code in Kaspi.kz.',
  },
  customer_not_known: {
    kk: 'Сатып алушы қайтару кодын әлі сканерлеген жоқ.',
    ru: 'Покупатель ещё не отсканировал код возврата.',
    en: 'The customer has not scanned the refund code yet.',
  },
  refund_session_over: {
    kk: 'Қайтару коды ескірді, ақша қайтарылған жоқ. Жаңа кодты көрсетіңіз.',
    ru: 'Код возврата устарел, деньги не возвращены. Покажите новый код.',
    en: 'The refund code is no longer valid; no money went back. Show a new code.',
  },
  not_customers_purchase: {
    kk: 'Бұл төлем осы сатып алушының соңғы он сатып алуының ішінде жоқ. Ақша қайтарылған жоқ.',
    ru: 'Этой оплаты нет среди последних десяти покупок этого покупателя. Деньги не возвращены.',
    en: 'This payment is not among the last ten purchases of this customer. No money went back.',
  },
  refund_session_unknown: {
    kk: 'Мұндай қайтару коды жоқ. Жаңа кодты көрсетіңіз.',
    ru: 'Такого кода возврата нет. Покажите новый код.',
    en: 'There is no such refund code. Show a new one.',
  },
  refund_session_not_needed: {
    kk: 'Бұл қайтаруға сатып алушының коды қажет емес: ақшаны төлемнің өзінен қайтарыңыз.',
    ru: 'Для этого возврата код покупателя не нужен: верните деньги прямо из оплаты.',
    en: 'No refund code is needed here: refund the payment itself.',
  },
  phone_invalid: {
    kk: 'Қазақстандық ұялы телефон нөмірін енгізіңіз, мысалы +7 707 777 77 77.',
    ru: 'Введите казахстанский мобильный номер, например +7 707 777 77 77.',
    en: 'Enter a Kazakh mobile number, such as +7 707 777 77 77.',
  },
  payer_not_found: {
    kk: 'Бұл нөмірде Kaspi клиенті табылмады. Нөмірді тексеріңіз немесе басқа төлем тәсілін таңдаңыз.',
    ru: 'По этому номеру клиент Kaspi не найден. Проверьте номер или выберите другой способ оплаты.',
    en: 'The bank knows no customer under this number. Check it or choose another way of paying.',
  },
  payer_lookups_exhausted: {
    kk: 'Бұл кассадан нөмірлер тым жиі тексерілді. Бір минут күтіңіз.',
    ru: 'С этой кассы номера проверяли слишком часто. Подождите минуту.',
    en: 'This till has looked up too many numbers. Wait a minute.',
  },
  refresh_too_soon: {
    kk: 'Банктен жаңа ғана сұралды. Жарты минут күтіңіз.',
    ru: 'Банк только что спрашивали. Подождите полминуты.',
    en: 'The bank was asked a moment ago. Wait half a minute.',
  },
  hub_recovering: {
    kk: 'Орталық қалпына келтірілуде: әзірге шот жіберілмейді. Басқа төлем тәсілін таңдаңыз.',
    ru: 'Центр восстанавливается: счета пока не отправляются. Выберите другой способ оплаты.',
    en: 'The hub is recovering: no invoices are sent for now. Choose another way of paying.',
  },
  outcome_unknown: {
    kk: 'Нәтиже белгісіз: қайта төлем алмаңыз, орталық анықтап жатыр.',
    ru: 'Итог неизвестен: не берите оплату повторно, центр выясняет.',
    en: 'The outcome is not known: do not charge again, headquarters is finding out.',
  },
  already_paid: {
    kk: 'Төлем өтіп кеткен. Керек болса қайтару жасаңыз.',
    ru: 'Оплата уже прошла. Если нужно, сделайте возврат.',
    en: 'It has been paid. Refund it if needed.',
  },
  amount_invalid: {
    kk: 'Бұл сома жарамайды. Оны тексеріңіз.',
    ru: 'Такая сумма не подходит. Проверьте её.',
    en: 'This amount cannot be used. Check it.',
  },
  device_required: {
    kk: 'Бұл кассада бірнеше Kaspi құрылғысы бар: біреуін таңдаңыз.',
    ru: 'У этой кассы несколько устройств Kaspi: выберите одно.',
    en: 'This till has several Kaspi devices: choose one.',
  },
  device_unknown: {
    kk: 'Бұл кассада мұндай Kaspi құрылғысы жоқ. Орталыққа хабарласыңыз.',
    ru: 'У этой кассы нет такого устройства Kaspi. Обратитесь в центр.',
    en: 'This till has no such Kaspi device. Ask headquarters.',
  },
  late_not_claimable: {
    kk: 'Алуға болатын кеш түскен ақша жоқ.',
    ru: 'Опоздавших денег, которые можно принять, нет.',
    en: 'There is no late money to take.',
  },
  not_refundable: {
    kk: 'Бұл төлемді қайтаруға болмайды: ол өтпеген немесе әлі аяқталмаған.',
    ru: 'Эту оплату вернуть нельзя: она не прошла или ещё не завершена.',
    en: 'This payment cannot be refunded: it was not paid, or it is not over yet.',
  },
  not_unknown: {
    kk: 'Нәтиже белгілі: мұнда шешетін ештеңе жоқ.',
    ru: 'Итог уже известен: решать здесь нечего.',
    en: 'The outcome is known already: there is nothing to settle.',
  },
  nothing_left: {
    kk: 'Бұл төлемнен қайтаратын ештеңе қалмады.',
    ru: 'По этой оплате возвращать больше нечего.',
    en: 'Nothing is left of this payment to refund.',
  },
  payment_unknown: {
    kk: 'Бұл кассада мұндай төлем жоқ.',
    ru: 'Такой оплаты на этой кассе нет.',
    en: 'This till has no such payment.',
  },
  refund_unknown: {
    kk: 'Бұл кассада мұндай қайтару жоқ.',
    ru: 'Такого возврата на этой кассе нет.',
    en: 'This till has no such refund.',
  },
  refund_exceeds_payment: {
    kk: 'Қайтару сомасы төлемнен аспауы керек.',
    ru: 'Возврат не может превышать оплату.',
    en: 'A refund may not exceed the payment.',
  },
  refund_impossible: {
    kk: 'Терминал бұл төлемді қайтара алмайды. Ақшаны Kaspi Pay қосымшасында қайтарыңыз.',
    ru: 'Терминал не может вернуть эту оплату. Сделайте возврат в приложении Kaspi Pay.',
    en: 'The terminal cannot refund this payment. Refund it in the Kaspi Pay app.',
  },
  terminal_required: {
    kk: 'Бұл кассада бірнеше терминал бар: біреуін таңдаңыз.',
    ru: 'У этой кассы несколько терминалов: выберите один.',
    en: 'This till has several terminals: choose one.',
  },
  terminal_unknown: {
    kk: 'Бұл кассада мұндай терминал жоқ.',
    ru: 'Такого терминала у этой кассы нет.',
    en: 'This till has no such terminal.',
  },
  terminal_wrong: {
    kk: 'Бұл мекенжайда басқа терминал жауап береді. Маманды шақырыңыз.',
    ru: 'По этому адресу отвечает другой терминал. Позовите специалиста.',
    en: 'Another terminal answers at this address. Call a technician.',
  },
  key_invalid: {
    kk: 'Қайталаудан қорғау кілті жарамсыз. Ақша алынған жоқ.',
    ru: 'Ключ защиты от повтора неверен. Деньги не списаны.',
    en: 'The key against repetition is not valid. No money moved.',
  },
  pairing_failed: {
    kk: 'Терминал кассаға қосылмады. Терминалда Kaspi Pay ашық тұрғанын тексеріп, жұптауды қайталаңыз.',
    ru: 'Терминал не сопряжён. Проверьте, что на нём открыт Kaspi Pay, и повторите сопряжение.',
    en: 'The terminal was not paired. Check that Kaspi Pay is open on it and pair it again.',
  },
} as const satisfies Record<string, Hint>;

export type RefusalCode = keyof typeof REFUSAL_HINTS;
