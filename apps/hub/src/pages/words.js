import { en } from './words-en.js';
import { ru } from './words-ru.js';

const LANGUAGES = { ru, en };
let chosen = read('tolem.language') ?? (navigator.language.startsWith('en') ? 'en' : 'ru');

export function language() {
  return chosen;
}

export function otherLanguage() {
  return chosen === 'ru' ? 'en' : 'ru';
}

export function switchLanguage() {
  chosen = otherLanguage();
  write('tolem.language', chosen);
  document.documentElement.lang = chosen;
}

/** The text of a key; a function's text takes what it speaks of. */
export function text(key, ...given) {
  const found = LANGUAGES[chosen][key] ?? en[key] ?? key;
  return typeof found === 'function' ? found(...given) : found;
}

/** The text of one of the hub's words in a group such as `status`; a word that no list holds is shown as it is. */
export function word(group, name) {
  return LANGUAGES[chosen].words[group]?.[name] ?? name.replaceAll('_', ' ');
}

const money = new Intl.NumberFormat('ru-RU', { minimumFractionDigits: 2 });
/** `"1500.00"` → `1 500,00 ₸`; amounts are at most 13 digits here, which a number holds exactly. */
export function showAmount(amount) {
  return `${money.format(Number(amount))}\u00a0₸`;
}

export function showTime(iso) {
  const date = new Date(iso);
  const isToday = new Date().toDateString() === date.toDateString();
  const time = date.toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  return isToday
    ? time
    : `${date.toLocaleDateString(locale(), { day: '2-digit', month: '2-digit' })} ${time.slice(0, 5)}`;
}

export function showMoment(iso) {
  return new Date(iso).toLocaleString(locale());
}

function locale() {
  return chosen === 'ru' ? 'ru-RU' : 'en-GB';
}

export function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function write(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A browser without storage forgets the choice, and nothing else.
  }
}
