import { en } from './text/en.js';
import { kk } from './text/kk.js';
import { ru } from './text/ru.js';

const TEXTS = { ru, kk, en };
export const LANGUAGES = ['ru', 'kk', 'en'];
export const THEMES = ['system', 'light', 'dark'];

let language = LANGUAGES.includes(read('language')) ? read('language') : 'ru';
let theme = THEMES.includes(read('theme')) ? read('theme') : 'system';

/** The text under a key, with `{name}`s filled in. */
export function t(key, values = {}) {
  const text = TEXTS[language][key] ?? ru[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
}

/** Whether there is a text for a word that came from the agent. */
export function hasText(key) {
  return key in ru;
}

export function currentLanguage() {
  return language;
}

export function currentTheme() {
  return theme;
}

export function chooseLanguage(chosen) {
  language = chosen;
  write('language', chosen);
  apply();
}

export function chooseTheme(chosen) {
  theme = chosen;
  write('theme', chosen);
  apply();
}

/** Puts the preferences onto the document. */
export function apply() {
  document.documentElement.lang = language;
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Time of day today, with the date otherwise. */
export function formatTime(iso) {
  const moment = new Date(iso);
  const isToday = moment.toDateString() === new Date().toDateString();
  const format = isToday
    ? { hour: '2-digit', minute: '2-digit' }
    : { day: '2-digit', month: '2-digit', hour: '2-digit', minute: '2-digit' };
  return moment.toLocaleString(language === 'en' ? 'en-GB' : 'ru-RU', format);
}

function read(name) {
  try {
    return localStorage.getItem(`tolem.${name}`) ?? '';
  } catch {
    return '';
  }
}

function write(name, value) {
  try {
    localStorage.setItem(`tolem.${name}`, value);
  } catch {
    // A browser without storage asks again next time.
  }
}
