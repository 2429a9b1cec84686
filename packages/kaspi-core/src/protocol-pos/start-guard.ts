import { KaspiError } from '../kaspi-error.ts';

/**
 * A terminal does one operation at a time: while one start is on its way, a second one is refused here, before it is sent.
 * What happens after the answer (an open payment) is the caller's to know.
 */
export function createStartGuard(): <Result>(start: () => Promise<Result>) => Promise<Result> {
  let isStarting = false;
  return async (start) => {
    if (isStarting) {
      throw new KaspiError('previous_operation_open', 'another operation is being started on this terminal', {
        effect: 'none',
      });
    }
    isStarting = true;
    try {
      return await start();
    } finally {
      isStarting = false;
    }
  };
}
