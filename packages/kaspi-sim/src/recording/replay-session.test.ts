import { describe, expect, it } from 'vitest';
import type { RecordedExchange, RecordedRequest } from './recording-file.ts';
import { createReplaySession } from './replay-session.ts';

const request = (line: string, body = '', query: Record<string, string> = {}): RecordedRequest => {
  const [method = '', path = ''] = line.split(' ');
  return { method, path, query, headers: {}, body };
};
const exchange = (line: string, answer: string, body = ''): RecordedExchange => ({
  peer: 'bank',
  at: 0,
  request: request(line, body),
  answer: { status: 200, contentType: 'application/json', body: answer, afterMs: 1 },
});
const session = (...exchanges: RecordedExchange[]) =>
  createReplaySession(exchanges, { ignored: new Set(['externalid']) });
const bodyOf = (answer: unknown) => (answer as { body?: string } | undefined)?.body;

describe('a replayed session', () => {
  it('serves the answers of one call in their order, and the last again to further reads', () => {
    const replay = session(exchange('GET /status/1', 'Wait'), exchange('GET /status/1', 'Processed'));
    const answers = [1, 2, 3].map(() => bodyOf(replay.take('bank', request('GET /status/1'))));
    expect(answers).toEqual(['Wait', 'Processed', 'Processed']);
    expect(replay.report()).toEqual({ served: 2, repeated: 1, differences: [], unserved: [] });
  });

  it('tells what differs, and takes 200 for 200.00', () => {
    const replay = session(
      exchange('POST /qr/create', 'ok', '{"Amount":200.00,"ExternalId":"a","DeviceToken":"x","Old":1}'),
    );
    const made = request('POST /qr/create', '{"Amount":200,"ExternalId":"b","DeviceToken":"y","New":true}');
    expect(bodyOf(replay.take('bank', made))).toBe('ok');
    expect(replay.report().differences.map((one) => one.what)).toEqual([
      'Old is missing, the recording has 1',
      'New is true, the recording has none',
    ]);
  });

  it('tells another amount, another type and a missing secret', () => {
    const body = '{"Amount":200.00,"QrPaymentId":15,"DeviceToken":"x"}';
    const replay = session(exchange('POST /payment/return', 'ok', body));
    replay.take('bank', request('POST /payment/return', '{"Amount":200.01,"QrPaymentId":"15"}'));
    expect(replay.report().differences.map((one) => one.what)).toEqual([
      'Amount is 200.01, the recording has 200',
      'QrPaymentId is "15", the recording has 15',
      'DeviceToken is missing, the recording has "x"',
    ]);
  });

  it('has nothing for a money call that was made more often, and names what was never made', () => {
    const replay = session(exchange('POST /payment/return', 'ok', '{}'), exchange('POST /device/delete', 'ok', '{}'));
    replay.take('bank', request('POST /payment/return', '{}'));
    expect(replay.take('bank', request('POST /payment/return', '{}'))).toBeUndefined();
    expect(replay.isDone()).toBe(false);
    expect(replay.report()).toMatchObject({
      differences: [{ call: 'POST /payment/return', what: expect.stringContaining('more often') }],
      unserved: ['bank POST /device/delete'],
    });
  });

  it('tells money calls in another order, and never repeats a payment that a terminal takes by GET', () => {
    const at = (one: RecordedExchange): RecordedExchange => ({ ...one, peer: 'terminal:old' });
    const replay = session(at(exchange('GET /payment', 'p')), at(exchange('GET /refund', 'r')));
    expect(bodyOf(replay.take('terminal:old', request('GET /refund/')))).toBe('r');
    expect(bodyOf(replay.take('terminal:old', request('GET /payment')))).toBe('p');
    expect(replay.take('terminal:old', request('GET /payment'))).toBeUndefined();
    expect(replay.report().differences.map((one) => one.what)).toEqual([
      'comes before GET /payment, which the recording has first',
      'is not in the recording, or was made more often than there',
    ]);
  });
});
