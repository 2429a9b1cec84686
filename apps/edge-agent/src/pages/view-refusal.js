import { h } from './dom.js';
import { currentLanguage, t } from './preferences.js';

const MONEY = { none: 'moneyNone', maybe: 'moneyMaybe', moved: 'moneyMoved' };

/** Why the agent refused, in the cashier's language, and whether money moved. */
export function refusalView(problem, ...more) {
  const isQuestion = problem.money === 'maybe';
  const text = problem.noAnswer ? t('agentAway') : (problem.hint?.[currentLanguage()] ?? problem.code);
  return h(
    'div',
    { class: `note ${isQuestion ? 'warn' : 'bad'}`, role: 'alert' },
    h('p', {}, h('b', {}, text), MONEY[problem.money] && ` ${t(MONEY[problem.money])}`),
    problem.code && !problem.noAnswer && h('small', {}, problem.code),
    ...more,
  );
}
