import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KaspiError } from '../kaspi-error.ts';
import { readEnvelope } from './envelope.ts';
import { readDisplayAmount } from './receipt.ts';
import { createScriptedPosHttp } from './scripted-pos-http.ts';
import { readTerminalStatus } from './status.ts';
import type { TerminalStatus } from './terminal-api.ts';
import { createTerminalV1 } from './terminal-v1.ts';
import { readWireObject } from './wire-object.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const statusOf = (data: unknown): TerminalStatus | undefined => {
  const wire = readWireObject(bytes(JSON.stringify(data)));
  return wire && readTerminalStatus(wire);
};

describe('an amount for eyes', () => {
  it.each([
    ['1 ₸', '1.00'],
    ['1 500 ₸', '1500.00'],
    ['1\u00a0500\u202f000 ₸', '1500000.00'],
    ['- 200 ₸', '200.00'],
    ['−200₸', '200.00'],
    ['1 500,50 ₸', '1500.50'],
    ['100.00 KZT', '100.00'],
    ['100 тг.', '100.00'],
    ['7', '7.00'],
  ])('reads %j', (text, expected) => {
    expect(readDisplayAmount(text)?.toString()).toBe(expected);
  });
  it.each(['', '₸', '1,500 ₸', '1.5', 'NaN', '1 ₸ + 2 ₸', '٣ ₸', '1e3', '--5'])('does not guess at %j', (text) => {
    expect(readDisplayAmount(text)).toBeUndefined();
  });
  it('reads back whatever was grouped', () => {
    const space = fc.constantFrom(' ', '\u00a0', '\u202f', '\u2009', '');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5_000_000 }), space, fc.boolean(), (tenge, gap, isRefund) => {
        const grouped = String(tenge).replace(/\B(?=(\d{3})+$)/g, gap);
        expect(readDisplayAmount(`${isRefund ? '- ' : ''}${grouped} ₸`)?.toString()).toBe(`${tenge}.00`);
      }),
    );
  });
});

describe('a status [pos-v2 Operations]', () => {
  it('reads its four words whatever their case, and no other', () => {
    expect(statusOf({ Status: ' Wait ', SUBSTATUS: 'WaitUser' })).toEqual({ kind: 'waiting', subStatus: 'WaitUser' });
    expect(statusOf({ status: 'FAIL' })).toEqual({ kind: 'failed' });
    expect(statusOf({ status: 'unknown' })).toEqual({ kind: 'unknown' });
    for (const word of ['failed', 'error', 'declined', 'success!', 'cancel', '0'])
      expect(statusOf({ status: word })).toEqual({ kind: 'unlisted', word });
  });
  it('believes no word that its sub-status contradicts', () => {
    expect(statusOf({ status: 'fail', subStatus: 'QrTransactionSuccess' })).toMatchObject({ kind: 'unlisted' });
    expect(statusOf({ status: 'success', subStatus: 'ProcessCancelled' })).toMatchObject({ kind: 'unlisted' });
  });
  it('keeps hostile keys as plain members', () => {
    const status = statusOf(JSON.parse('{"status":"success","chequeInfo":{"__proto__":"x","constructor":"y"}}'));
    expect(status?.kind === 'succeeded' && Object.hasOwn(status.operation.receipt, '__proto__')).toBe(true);
  });
});

describe('the decoders', () => {
  const isHonestFailure = (body: string) => {
    try {
      const root = JSON.parse(body) as Record<string, unknown>;
      return Object.entries(root).some(
        ([key, value]) => key.toLowerCase() === 'status' && String(value).trim().toLowerCase() === 'fail',
      );
    } catch {
      return false;
    }
  };
  const readStatus = async (status: number, body: Uint8Array): Promise<TerminalStatus | KaspiError> => {
    const terminal = createTerminalV1({ http: createScriptedPosHttp(() => ({ status, body })) });
    return terminal.readStatus('1').catch((error: unknown) => {
      expect(error).toBeInstanceOf(KaspiError);
      return error as KaspiError;
    });
  };
  const word = fc.constantFrom('wait', 'success', 'fail', 'unknown', 'FAIL', 'x', '');
  const value = fc.oneof(word, fc.jsonValue(), fc.constant({ amount: '1 ₸' }));
  const key = fc.constantFrom('status', 'Status', 'subStatus', 'processId', 'chequeInfo', 'addInfo', 'message', 'data');

  it('never crash and never fail a payment out of nonsense, whatever bytes come', async () => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map(bytes),
      fc.dictionary(key, value).map((body) => bytes(JSON.stringify(body))),
      fc.tuple(fc.dictionary(key, value), fc.nat(60)).map(([body, cut]) => bytes(JSON.stringify(body).slice(0, cut))),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(200, 400, 500), anyBytes, async (status, body) => {
        readEnvelope(body);
        const outcome = await readStatus(status, body);
        if (outcome instanceof KaspiError) expect(outcome.effect).toBe('none');
        else if (outcome.kind === 'failed') expect(isHonestFailure(new TextDecoder().decode(body))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
  it('survive nesting without end', () => {
    expect(readWireObject(bytes('{"a":'.repeat(20_000)))).toBeUndefined();
    expect(readWireObject(bytes(`{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`))).toBeUndefined();
  });
});
