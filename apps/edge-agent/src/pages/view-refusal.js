import { h } from './dom.js';
import { currentLanguage, t } from './preferences.js';

const MONEY = { none: 'moneyNone', maybe: 'moneyMaybe', moved: 'moneyMoved' };
const MONEY_BACK = { none: 'moneyBackNone', maybe: 'moneyBackMaybe', moved: 'moneyBackMoved' };

/** Everyday mistakes: nobody has to look their code up. */
const SAYS_ALL = new Set(['pin_wrong', 'pin_locked', 'phone_invalid']);

/** Why the agent refused, in the cashier's language, and whether money moved: towards the shop, or back (`isRefund`). */
export function refusalView(problem, ...more) {
  const money = (problem.isRefund || problem.intent?.kind === 'refund' ? MONEY_BACK : MONEY)[problem.money];
  const isQuestion = problem.money === 'maybe';
  const text = problem.noAnswer ? t('agentAway') : (problem.hint?.[currentLanguage()] ?? problem.code);
  return h(
    'div',
    { class: `note ${isQuestion ? 'warn' : 'bad'}`, role: 'alert' },
    h('p', {}, h('b', {}, text), money && ` ${t(money)}`),
    problem.code && !problem.noAnswer && !SAYS_ALL.has(problem.code) && h('small', {}, problem.code),
    ...more,
  );
}
