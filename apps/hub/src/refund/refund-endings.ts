import type { Evidence } from '@tolem/base';
import type { Refund } from './refund.ts';
import type { RefundEffect, RefundInput, RefundStep } from './refund-input.ts';

type Of<Kind extends RefundInput['kind']> = Extract<RefundInput, { kind: Kind }>;

export function confirm(refund: Refund, evidence: Evidence, more: { bankRefundId?: string } = {}): RefundStep {
  const { statusReason: _reason, ...rest } = atRest(refund);
  const state: Refund = { ...rest, ...more, status: 'confirmed', evidence };
  return {
    state,
    effects: [
      note('refund_confirmed', { evidence, ...more }),
      { kind: 'close_cases', by: 'hub', reason: `confirmed by ${evidence}` },
      { kind: 'ended', outcome: 'confirmed' },
    ],
  };
}

export function decline(refund: Refund, reason: string, detail: Record<string, unknown>): RefundStep {
  const state: Refund = { ...atRest(refund), status: 'declined', statusReason: reason, evidence: 'answer' };
  return { state, effects: [note('refund_declined', detail), { kind: 'ended', outcome: 'declined' }] };
}

export function doubt(refund: Refund, reason: string, detail: Record<string, unknown>): RefundStep {
  const state: Refund = { ...atRest(refund), status: 'unknown', statusReason: reason };
  return {
    state,
    effects: [
      note('refund_unknown', { reason, ...detail }),
      { kind: 'case', caseKind: 'refund_unknown', detail: { reason, ...detail } },
    ],
  };
}

export function settle(refund: Refund, { outcome, by, reason }: Of<'settled'>): RefundStep {
  const state: Refund = { ...atRest(refund), status: outcome, statusReason: `settled: ${reason}`, evidence: 'person' };
  return {
    state,
    effects: [
      note('refund_settled', { outcome, reason }, by),
      { kind: 'close_cases', by, reason },
      { kind: 'ended', outcome },
    ],
  };
}

export function withdraw(refund: Refund, { reason }: Of<'withdrawn'>): RefundStep {
  const state: Refund = { ...atRest(refund), status: 'declined', statusReason: 'withdrawn' };
  return {
    state,
    effects: [
      note('refund_withdrawn', { reason }),
      { kind: 'close_cases', by: 'hub', reason },
      { kind: 'ended', outcome: 'declined' },
    ],
  };
}

/** It was never sent, and what it needed is not there any more: nothing can have moved. */
export function unsent(refund: Refund, reason: string): RefundStep {
  const state: Refund = { ...atRest(refund), status: 'declined', statusReason: reason };
  return {
    state,
    effects: [
      note('refund_not_made', { reason }),
      { kind: 'close_cases', by: 'hub', reason },
      { kind: 'ended', outcome: 'declined' },
    ],
  };
}

/** A person has settled it as not done, and then the bank's answer comes: never overwritten, told. */
export function contradicted(refund: Refund, input: RefundInput): RefundStep | undefined {
  if (input.kind !== 'answered' || refund.evidence !== 'person') return undefined;
  const { bankRefundId } = input;
  const effects: RefundEffect[] = [
    note('refund_contradicted', { bankRefundId }),
    { kind: 'case', caseKind: 'refund_contradicted', detail: { bankRefundId, settled: 'declined' } },
  ];
  return { state: refund, effects };
}

/** Nothing is left to do by itself. */
function atRest(refund: Refund): Refund {
  const { nextReadAtMs: _next, waitingSinceMs: _since, ...rest } = refund;
  return rest;
}

export function note(event: string, data: Record<string, unknown> = {}, actor?: string): RefundEffect {
  return { kind: 'note', event, data, ...(actor === undefined ? {} : { actor }) };
}
