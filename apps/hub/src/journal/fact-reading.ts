import { FACT_SCHEMAS, type FactKind } from '@tolem/proto';
import type { z } from 'zod';
import { dropCardNumbers } from './card-numbers.ts';

type FactOf<Kind extends FactKind> = { kind: Kind; fact: z.infer<(typeof FACT_SCHEMAS)[Kind]> };
export type Fact = { [Kind in FactKind]: FactOf<Kind> }[FactKind];

/** A row's payload as it may be stored: without card numbers. */
export interface ReadFact {
  kind: string;
  /** A kind of ours. */
  known: boolean;
  /** The fact, unless the kind is not ours or the payload does not have its shape. */
  fact?: Fact;
  /** What does not fit. */
  fault?: string;
  text: string;
  dropped: number;
}

const decoder = new TextDecoder('utf-8', { fatal: true });
const FAULT_LIMIT = 300;

export function readFact(row: { kind: string; payload: Uint8Array }): ReadFact {
  const known = isFactKind(row.kind);
  let parsed: unknown;
  try {
    parsed = JSON.parse(decoder.decode(row.payload));
  } catch {
    // Bytes that are no JSON cannot be searched for card numbers: nothing of them is kept.
    return { kind: row.kind, known, fault: 'not JSON', text: '{}', dropped: 0 };
  }
  const cleaned = dropCardNumbers(parsed);
  if (!cleaned) return { kind: row.kind, known, fault: 'nested too deeply', text: '{}', dropped: 0 };
  const { value, dropped } = cleaned;
  const read = { kind: row.kind, known, text: JSON.stringify(value), dropped };
  if (!isFactKind(row.kind)) return read;
  const result = FACT_SCHEMAS[row.kind].safeParse(value);
  if (result.success) return { ...read, fact: { kind: row.kind, fact: result.data } as Fact };
  const fault = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  return { ...read, fault: fault.slice(0, FAULT_LIMIT) };
}

function isFactKind(kind: string): kind is FactKind {
  return Object.hasOwn(FACT_SCHEMAS, kind);
}
