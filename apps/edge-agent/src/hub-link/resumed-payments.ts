import type { ClientReadableStream } from '@grpc/grpc-js';
import type { wire } from '@tolem/proto';
import type { Resumed } from '../hub/hub-link.ts';
import { fromCallFailure, unreachable } from './call-failure.ts';
import { toResumed } from './wire-views.ts';

/**
 * Collects the stream of Resume. All or nothing: a part of the keys would let a till pay twice under one of the others, so
 * more than `max` entries, a broken stream or an unreadable payment is `hub_unreachable`.
 */
export function collectResumed(stream: ClientReadableStream<wire.ResumeResponse>, max: number): Promise<Resumed[]> {
  const payments: Resumed[] = [];
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      stream.cancel();
      reject(fromCallFailure(error, 'Resume'));
    };
    stream.on('data', (response: wire.ResumeResponse) => {
      try {
        if (payments.length >= max) throw unreachable(`the hub gives back more than ${max} payments`, 'none');
        payments.push(toResumed(response));
      } catch (error) {
        fail(error);
      }
    });
    stream.on('error', fail);
    stream.on('end', () => resolve(payments));
  });
}
