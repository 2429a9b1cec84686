import { type Clock, sleepOn } from '@tolem/base';

/** Whether the process that these things belong to still lives; a killed one hears nothing any more. */
export interface Life {
  isAlive: boolean;
}

/** A clock whose timers die with the process. */
export function mortalClock(clock: Clock, life: Life): Clock {
  const after: Clock['after'] = (delayMs, run) =>
    clock.after(delayMs, () => {
      if (life.isAlive) run();
    });
  return {
    nowMs: () => clock.nowMs(),
    monoMs: () => clock.monoMs(),
    after,
    sleep: (delayMs, signal) => sleepOn(after, delayMs, signal),
  };
}

/** An outside world as a process sees it: what it has sent is performed, but after its death no answer reaches anybody. */
export function mortalPort<Port extends object>(port: Port, life: Life): Port {
  return new Proxy(port, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const answer: unknown = Reflect.apply(member, target, args);
        return answer instanceof Promise ? mortalPromise(answer, life) : answer;
      };
    },
  });
}

function mortalPromise(promise: Promise<unknown>, life: Life): Promise<unknown> {
  return new Promise((resolve, reject) => {
    promise.then(
      (value) => life.isAlive && resolve(value),
      (error: unknown) => life.isAlive && reject(error),
    );
  });
}
