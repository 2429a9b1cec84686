/** Which colour a word gets: good, bad, needs a look, under way, or nothing to say. */
const TONES = {
  paid: 'ok',
  confirmed: 'ok',
  online: 'ok',
  failed: 'bad',
  declined: 'bad',
  offline: 'bad',
  revoked: 'bad',
  fail: 'bad',
  unknown: 'warn',
  stale: 'warn',
  warn: 'warn',
  created: 'wait',
  awaiting_scan: 'wait',
  awaiting_confirmation: 'wait',
  requested: 'wait',
  approved: 'wait',
  sent: 'wait',
  reconnecting: 'wait',
};

export function tone(word) {
  return TONES[word] ?? 'none';
}

export const OPEN_STATUSES = ['created', 'awaiting_scan', 'awaiting_confirmation'];
export const STATUSES = [...OPEN_STATUSES, 'paid', 'failed', 'expired', 'cancelled', 'unknown'];
