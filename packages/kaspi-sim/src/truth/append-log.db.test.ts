import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAppendLog } from './append-log.ts';
import { createTruthJournal } from './truth-journal.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kaspi-sim-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('an append log', () => {
  it('gives back what was appended, in its order, in a folder that it makes', () => {
    const file = join(dir, 'deep', 'log.jsonl');
    const log = openAppendLog(file);
    expect(log.earlier).toEqual([]);
    log.append({ n: 1 });
    log.append({ n: 2 });
    expect(openAppendLog(file).earlier).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('drops a last line that a crash has cut, and goes on behind the whole ones', () => {
    const file = join(dir, 'log.jsonl');
    writeFileSync(file, '{"n":1}\n{"name":"Айгү');
    const log = openAppendLog(file);
    expect(log.earlier).toEqual([{ n: 1 }]);
    log.append({ n: 2 });
    log.close();
    expect(readFileSync(file, 'utf8')).toBe('{"n":1}\n{"n":2}\n');
  });

  it('forgets when it is cleared, and goes on', () => {
    const file = join(dir, 'log.jsonl');
    const log = openAppendLog(file);
    log.append({ n: 1 });
    log.clear();
    log.append({ n: 2 });
    expect(openAppendLog(file).earlier).toEqual([{ n: 2 }]);
  });

  it('says so where it can’t be read', () => {
    const file = join(dir, 'log.jsonl');
    writeFileSync(file, '');
    appendFileSync(file, 'no JSON\n');
    expect(() => openAppendLog(file)).toThrow(expect.objectContaining({ code: 'data_unusable' }));
  });
});

describe('the journal of truth', () => {
  it('survives a restart and is emptied by a reset', () => {
    const file = join(dir, 'truth.jsonl');
    const charge = {
      bankPaymentId: '15',
      amount: '200.00',
      at: '2026-01-15T06:00:00.000Z',
      method: 'Gold',
      source: 'qr',
    } as const;
    const refund = { bankRefundId: '1', bankPaymentId: '15', amount: '50.00', at: charge.at, source: 'api' } as const;
    const journal = createTruthJournal(openAppendLog(file));
    journal.charge(charge);
    journal.refund(refund);
    const again = createTruthJournal(openAppendLog(file));
    expect([again.charges, again.refunds]).toEqual([[charge], [refund]]);
    again.reset();
    expect(createTruthJournal(openAppendLog(file)).charges).toEqual([]);
  });
});
