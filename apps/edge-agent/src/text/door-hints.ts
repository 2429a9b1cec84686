import type { Hint } from '@tolem/base';

/** A sentence for the person at the till for every refusal that the doors make themselves; the core brings its own. */
export const DOOR_HINTS = {
  http_invalid: {
    kk: 'Касса бағдарламасы түсініксіз сұрау жіберді. Әзірлеушіге хабарласыңыз.',
    ru: 'Программа кассы прислала нечитаемый запрос. Обратитесь к её разработчику.',
    en: 'The till’s program sent an unreadable request. Tell its developer.',
  },
  headers_too_large: {
    kk: 'Сұраудың тақырыптары тым үлкен. Касса бағдарламасының әзірлеушісіне хабарласыңыз.',
    ru: 'Заголовки запроса слишком большие. Обратитесь к разработчику программы кассы.',
    en: 'The request’s headers are too large. Tell the developer of the till’s program.',
  },
  request_too_slow: {
    kk: 'Сұрау тым баяу келді. Желіні тексеріп, сол кілтпен қайталаңыз.',
    ru: 'Запрос приходил слишком медленно. Проверьте сеть и повторите с тем же ключом.',
    en: 'The request came too slowly. Check the network and repeat it with the same key.',
  },
  host_refused: {
    kk: 'Бұл мекенжай арқылы кіруге болмайды. localhost немесе бапталған мекенжайды пайдаланыңыз.',
    ru: 'По этому адресу вход закрыт. Используйте localhost или настроенный адрес.',
    en: 'This address is not accepted. Use localhost or the configured address.',
  },
  origin_refused: {
    kk: 'Басқа сайттан келген сұрау қабылданбайды.',
    ru: 'Запрос с чужого сайта не принимается.',
    en: 'A request from another site is not accepted.',
  },
  content_type_refused: {
    kk: 'Касса бағдарламасы сұрауды дұрыс пішімде жібермеді. Әзірлеушіге хабарласыңыз.',
    ru: 'Программа кассы прислала запрос в неверном формате. Обратитесь к её разработчику.',
    en: 'The till’s program sent its request in the wrong format. Tell its developer.',
  },
  body_too_large: {
    kk: 'Сұрау тым үлкен.',
    ru: 'Запрос слишком большой.',
    en: 'The request is too large.',
  },
  json_invalid: {
    kk: 'Касса бағдарламасы түсініксіз сұрау жіберді. Әзірлеушіге хабарласыңыз.',
    ru: 'Программа кассы прислала нечитаемый запрос. Обратитесь к её разработчику.',
    en: 'The till’s program sent an unreadable request. Tell its developer.',
  },
  request_invalid: {
    kk: 'Сұрауда қате бар. Өрістерді тексеріңіз.',
    ru: 'В запросе ошибка. Проверьте поля.',
    en: 'The request has a mistake. Check its fields.',
  },
  amount_out_of_range: {
    kk: 'Сома 1,00 ₸ пен 5 000 000,00 ₸ аралығында болуы керек.',
    ru: 'Сумма должна быть от 1,00 до 5 000 000,00 ₸.',
    en: 'The amount must be between 1.00 and 5,000,000.00 ₸.',
  },
  amount_not_whole_tenge: {
    kk: 'Терминал тиынсыз, бүтін теңгемен ғана қабылдайды.',
    ru: 'Терминал принимает только целые тенге, без тиынов.',
    en: 'The terminal takes whole tenge only, no tiyn.',
  },
  key_missing: {
    kk: 'Касса бағдарламасы қайталаудан қорғау кілтін жібермеді. Ақша алынған жоқ.',
    ru: 'Программа кассы не прислала ключ защиты от повтора. Деньги не списаны.',
    en: 'The till’s program sent no key against repetition. No money moved.',
  },
  key_invalid: {
    kk: 'Қайталаудан қорғау кілті жарамсыз. Ақша алынған жоқ.',
    ru: 'Ключ защиты от повтора неверен. Деньги не списаны.',
    en: 'The key against repetition is not valid. No money moved.',
  },
  token_missing: {
    kk: 'Касса өзін таныстырмады: токенді тексеріңіз.',
    ru: 'Касса не представилась: проверьте токен.',
    en: 'The till did not say who it is: check its token.',
  },
  token_invalid: {
    kk: 'Кассаның токені жарамсыз.',
    ru: 'Токен кассы неверен.',
    en: 'The till’s token is not valid.',
  },
  session_missing: {
    kk: 'Бұл бет жабық. Оны агенттің сілтемесімен ашыңыз.',
    ru: 'Эта страница закрыта. Откройте её по ссылке агента.',
    en: 'This page is locked. Open it by the agent’s link.',
  },
  scope_missing: {
    kk: 'Бұл кассаға мұндай әрекетке рұқсат берілмеген.',
    ru: 'Этой кассе такое действие не разрешено.',
    en: 'This till is not allowed to do that.',
  },
  pin_needed: {
    kk: 'Кассирдің PIN-коды қажет.',
    ru: 'Нужен PIN-код кассира.',
    en: 'A cashier’s PIN is needed.',
  },
  pin_wrong: {
    kk: 'PIN-код қате.',
    ru: 'Неверный PIN-код.',
    en: 'The PIN is wrong.',
  },
  pin_locked: {
    kk: 'Қате PIN тым көп енгізілді. Біраз күтіңіз.',
    ru: 'Слишком много неверных PIN-кодов. Подождите.',
    en: 'Too many wrong PINs. Wait a while.',
  },
  route_unknown: {
    kk: 'Мұндай мекенжай жоқ.',
    ru: 'Такого адреса нет.',
    en: 'There is nothing at this address.',
  },
  code_not_shown: {
    kk: 'Бұл төлемнің көрсететін QR-коды жоқ.',
    ru: 'У этого платежа нет QR-кода для показа.',
    en: 'This payment has no QR code to show.',
  },
  refund_code_not_shown: {
    kk: 'Бұл қайтару кодын енді көрсетуге болмайды.',
    ru: 'Этот код возврата больше не показывают.',
    en: 'This refund code must not be shown any more.',
  },
  refresh_unavailable: {
    kk: 'Бұл төлемді қолмен жаңартудың қажеті жоқ: күйі өздігінен жаңарады.',
    ru: 'Этот платёж не нужно обновлять вручную: его состояние приходит само.',
    en: 'This payment need not be refreshed: its state comes by itself.',
  },
  too_many_requests: {
    kk: 'Сұрау тым көп. Бірнеше секундтан кейін қайталаңыз.',
    ru: 'Слишком много запросов. Повторите через несколько секунд.',
    en: 'Too many requests. Try again in a few seconds.',
  },
  stopping: {
    kk: 'Агент тоқтап жатыр. Ақша алынған жоқ; біраздан кейін қайталаңыз.',
    ru: 'Агент останавливается. Деньги не списаны; повторите чуть позже.',
    en: 'The agent is stopping. No money moved; try again a little later.',
  },
  internal_error: {
    kk: 'Агентте қате болды. Қайта ақша алмаңыз: сол сұрауды сол кілтпен қайталаңыз.',
    ru: 'Ошибка в агенте. Не берите деньги повторно: повторите тот же запрос с тем же ключом.',
    en: 'Something went wrong in the agent. Do not charge again: repeat the same request with the same key.',
  },
} as const satisfies Record<string, Hint>;

export type DoorCode = keyof typeof DOOR_HINTS;
