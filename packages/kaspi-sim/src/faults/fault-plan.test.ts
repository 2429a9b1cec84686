import { describe, expect, it } from 'vitest';
import { createFaultPlan, FAULT_KINDS } from './fault-plan.ts';

const call = { where: 'bank', path: 'payment/status/15' };

describe('a fault plan', () => {
  it('lets calls pass until a rule is made, and meets a rule once by default', () => {
    const plan = createFaultPlan();
    expect(plan.take(call)).toBeUndefined();
    plan.add({ where: 'bank', path: 'payment/status', kind: 'code' });
    expect(plan.take(call)).toMatchObject({ kind: 'code', statusCode: -999, processes: false });
    expect(plan.take(call)).toBeUndefined();
  });

  it('meets a rule as often as it says, or always', () => {
    const plan = createFaultPlan();
    plan.add({ where: 'bank', kind: 'hang', times: 2 });
    const always = plan.add({ where: '*', kind: 'delay', times: 'always' });
    expect([1, 2, 3, 4].map(() => plan.take(call)?.kind)).toEqual(['hang', 'hang', 'delay', 'delay']);
    expect(plan.list()).toMatchObject([{ id: always, used: 2 }]);
    expect(plan.remove(always)).toBe(true);
    expect(plan.remove(always)).toBe(false);
  });

  it('meets only the calls of its place and path', () => {
    const plan = createFaultPlan();
    plan.add({ where: 'terminal:front', kind: 'reset', times: 'always' });
    plan.add({ where: 'bank', path: 'payment/stat', kind: 'reset', times: 'always' });
    plan.add({ where: 'bank', path: 'qr/create', kind: 'reset', times: 'always' });
    expect(plan.take(call)).toBeUndefined();
    expect(plan.take({ where: 'bank', path: 'qr/create-link' })).toBeUndefined();
    expect(plan.take({ where: 'bank', path: 'qr/create' })).toBeDefined();
  });

  it('lets a rule decide whether the work is done', () => {
    const plan = createFaultPlan();
    plan.add({ where: '*', kind: 'http', afterProcessing: true });
    plan.add({ where: '*', kind: 'answer_lost' });
    plan.add({ where: '*', kind: 'request_lost' });
    expect([1, 2, 3].map(() => plan.take(call)?.processes)).toEqual([true, true, false]);
  });

  it('draws the same chaos from the same seed, and none at rate 0', () => {
    const draw = (seed: number) => {
      const plan = createFaultPlan();
      plan.setChaos({ seed, rate: 0.5, kinds: [...FAULT_KINDS] });
      return Array.from({ length: 50 }, () => plan.take(call)?.kind);
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(7).filter((kind) => kind !== undefined).length).toBeGreaterThan(10);
    const plan = createFaultPlan();
    plan.setChaos({ seed: 1, rate: 1 });
    plan.setChaos({ seed: 1, rate: 0 });
    expect(plan.take(call)).toBeUndefined();
  });
});
