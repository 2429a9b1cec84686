import type { Context } from '@tolem/base';
import { MAX_PAYLOAD_BYTES, wire } from '@tolem/proto';
import type { AgentReport, ReportAck, ReportBatch, ReportBusEvents } from '../hub/report-bus.ts';

export type HubStateReport = Parameters<ReportBusEvents['hubState']>[0];

/** The agent's state as bytes; where its health makes it too large, the details go first, then the layers that are ok. */
export function encodeState(report: AgentReport, context: Context): Buffer {
  const whole = encodeWith(report, report.health, context);
  if (whole.length <= MAX_PAYLOAD_BYTES) return whole;
  const terse = report.health.map((layer) => ({ ...layer, detail: '' }));
  const shorter = encodeWith(report, terse, context);
  if (shorter.length <= MAX_PAYLOAD_BYTES) return shorter;
  const bad = terse.filter((layer) => layer.state !== 'ok').slice(0, LAYERS_IF_TOO_LARGE);
  return encodeWith(report, bad, context);
}

/** Their words are short: so many fit whatever they say. */
const LAYERS_IF_TOO_LARGE = 50;

function encodeWith(report: AgentReport, health: AgentReport['health'], context: Context): Buffer {
  const state: wire.AgentState = {
    envelope: createEnvelope(context, report.boot),
    online: report.online,
    boot: report.boot,
    session: BigInt(report.session),
    epoch: report.epoch,
    lastSeq: BigInt(report.lastSeq),
    chain: Buffer.from(report.chain),
    version: report.version,
    health: health.map((layer) => ({ ...layer, sinceMs: BigInt(Math.round(layer.sinceMs)) })),
    stopping: report.stopping,
  };
  return Buffer.from(wire.AgentState.encode(state).finish());
}

export function encodeBatch(batch: ReportBatch, boot: string, context: Context): Buffer {
  const message: wire.JournalBatch = {
    envelope: createEnvelope(context, boot),
    epoch: batch.epoch,
    from: BigInt(batch.from),
    to: BigInt(batch.to),
    rows: batch.rows.map((row) => ({
      ...row,
      seq: BigInt(row.seq),
      atMs: BigInt(Math.round(row.atMs)),
      payload: Buffer.from(row.payload),
      hash: Buffer.from(row.hash),
    })),
  };
  return Buffer.from(wire.JournalBatch.encode(message).finish());
}

const VERDICTS: readonly string[] = ['ok', 'gap', 'fork', 'refused'];

/** `undefined` for bytes that are no acknowledgement. */
export function decodeAck(payload: Uint8Array): ReportAck | undefined {
  const ack = decode(wire.JournalAck.decode, payload);
  if (ack === undefined || ack.epoch === '' || ack.hubEpoch === '' || ack.verdict === '') return undefined;
  const upto = Number(ack.upto);
  if (!Number.isSafeInteger(upto) || upto < 0) return undefined;
  return {
    epoch: ack.epoch,
    upto,
    hubEpoch: ack.hubEpoch,
    hubTimeMs: Number(ack.hubTimeMs),
    verdict: VERDICTS.includes(ack.verdict) ? (ack.verdict as ReportAck['verdict']) : 'unlisted',
    detail: ack.detail,
  };
}

/** `undefined` for bytes that are no hub state. */
export function decodeHubState(payload: Uint8Array): HubStateReport | undefined {
  const state = decode(wire.HubState.decode, payload);
  if (state === undefined || state.instance === '' || state.hubEpoch === '') return undefined;
  const { instance, online, hubEpoch, recovering } = state;
  return { instance, online, hubEpoch, recovering };
}

function decode<Message>(read: (bytes: Uint8Array) => Message, payload: Uint8Array): Message | undefined {
  if (payload.length > MAX_PAYLOAD_BYTES) return undefined;
  try {
    return read(payload);
  } catch {
    return undefined;
  }
}

function createEnvelope({ clock, ids }: Context, boot: string): wire.Envelope {
  return { v: 1, id: ids.uuid(), tsMs: BigInt(Math.round(clock.nowMs())), monoMs: clock.monoMs(), boot };
}
