import type { ProblemError } from '@tolem/base';
import { KaspiError } from '@tolem/kaspi-core';
import type { TerminalRegister, TerminalView } from '../edge-core.ts';
import { refusal } from '../payment/problems.ts';
import type { EdgeStore, EdgeWriter } from '../store/edge-store.ts';
import type { TerminalDesk } from './terminal-desk.ts';
import type { TerminalRecord } from './terminal-record.ts';

export interface OpenOperation {
  kind: 'payment' | 'refund';
  id: string;
}

/** All terminals of the agent, and the rule that each does one operation at a time. */
export interface TerminalRack extends TerminalRegister {
  desk(terminalId: string): TerminalDesk;
  desks(): TerminalDesk[];
  /** The terminal to use, reached and free; throws the refusal. Nothing is written yet. */
  choose(terminalId: string | undefined): Promise<string>;
  /** Inside the intent's transaction: takes the terminal, or throws `terminal_busy` and nothing is written. */
  occupy(terminalId: string, operation: OpenOperation, writer: EdgeWriter): void;
  /** Inside the outcome's transaction; nothing happens where another operation holds it. */
  release(terminalId: string, request: { by: string; reason: string }): Promise<void>;
  free(terminalId: string, operationId: string, writer: EdgeWriter, also?: Partial<TerminalRecord>): void;
  /** After the journal was lost or forked: a person must look at each terminal first. */
  distrust(reason: string): void;
}

export function createTerminalRack(parts: {
  store: EdgeStore;
  desks: TerminalDesk[];
  agentName: string;
  /** Whether the outcome of the operation is unknown (and a person is needed), rather than under way. */
  isUncertain: (operation: OpenOperation) => boolean;
  onChange: () => void;
}): TerminalRack {
  const { store, desks } = parts;
  const desk = (terminalId: string): TerminalDesk => {
    const found = desks.find((one) => one.setting.id === terminalId);
    if (!found) throw refusal({ status: 404, code: 'terminal_unknown', detail: `no terminal is named ${terminalId}` });
    return found;
  };
  const refusalFor = (one: TerminalDesk): ProblemError | undefined => {
    const { openOperation, unresolved, blocked } = one.record();
    const about = openOperation?.kind === 'payment' ? { paymentId: openOperation.id } : {};
    if (blocked)
      return refusal({ status: 409, code: 'terminal_blocked', detail: `the terminal is blocked: ${blocked}` });
    if (unresolved) {
      const detail = `its last operation must be looked at by a person first: ${unresolved}`;
      return refusal({ status: 409, code: 'terminal_unresolved', detail });
    }
    if (!openOperation) return undefined;
    if (parts.isUncertain(openOperation)) {
      const detail = 'the outcome of its last operation is not known';
      return refusal({ status: 409, code: 'terminal_unresolved', detail, ...about });
    }
    const detail = 'another operation is under way on the terminal';
    return refusal({ status: 409, code: 'terminal_busy', detail, retry: 'after', retryAfterS: 5, ...about });
  };
  const put = (record: TerminalRecord, writer?: EdgeWriter): void => {
    if (writer) writer.putTerminal(record);
    else store.transact((own) => own.putTerminal(record));
    parts.onChange();
  };
  return {
    desk,
    desks: () => desks,
    async choose(terminalId) {
      const only = desks.length === 1 ? desks[0] : undefined;
      if (terminalId === undefined && !only) {
        const detail = `name the terminal: ${desks.map((one) => one.setting.id).join(', ') || 'there is none'}`;
        throw refusal({ status: 400, code: 'terminal_required', detail });
      }
      const one = terminalId === undefined && only ? only : desk(terminalId ?? '');
      const refused = refusalFor(one);
      if (refused) throw refused;
      if (one.reach().state !== 'ok') await one.look();
      const { state, detail } = one.reach();
      if (state === 'unpaired') throw refusal({ status: 409, code: 'terminal_unpaired', detail });
      if (state === 'wrong_terminal') throw refusal({ status: 503, code: 'terminal_wrong', detail });
      if (state !== 'ok') {
        throw refusal({ status: 503, code: 'terminal_unreachable', detail, retry: 'after', retryAfterS: 5 });
      }
      return one.setting.id;
    },
    occupy(terminalId, openOperation, writer) {
      const one = desk(terminalId);
      const refused = refusalFor(one);
      if (refused) throw refused;
      put({ ...one.record(), openOperation }, writer);
    },
    free(terminalId, operationId, writer, also = {}) {
      const known = desks.find((one) => one.setting.id === terminalId);
      const record = known?.record() ?? store.terminal(terminalId);
      if (!record) return;
      const { openOperation, ...rest } = record;
      const isOurs = openOperation?.id === operationId;
      put({ ...rest, ...(isOurs || !openOperation ? {} : { openOperation }), ...also }, writer);
    },
    distrust(reason) {
      for (const one of desks) if (!one.record().unresolved) put({ ...one.record(), unresolved: reason });
    },
    list: () => desks.map((one) => viewOf(one, parts.isUncertain)),
    async pair(terminalId, signal) {
      const one = desk(terminalId);
      try {
        const api = await one.connected();
        await api.pair(store.tokens(terminalId)?.name ?? one.setting.name ?? parts.agentName, signal);
        one.note();
        await one.look();
      } catch (error) {
        if (!(error instanceof KaspiError)) throw error;
        one.note(error);
        throw refusal({ status: 502, code: `pairing_failed`, detail: error.message }, error);
      }
    },
    async release(terminalId, { by, reason }) {
      const one = desk(terminalId);
      const { openOperation, unresolved: _, blocked, ...rest } = one.record();
      if (openOperation && parts.isUncertain(openOperation)) {
        const detail = `settle the ${openOperation.kind} ${openOperation.id} first: its outcome is not known`;
        const about =
          openOperation.kind === 'payment' ? { paymentId: openOperation.id } : { refundId: openOperation.id };
        throw refusal({ status: 409, code: 'terminal_unresolved', detail, money: 'maybe', ...about });
      }
      const open = openOperation ? { openOperation } : {};
      const isAnother = blocked === 'wrong_terminal';
      const { serial: __, ...unknown } = rest;
      put({ ...(isAnother ? unknown : rest), ...open, releasedBy: by, releasedReason: reason });
      if (isAnother) await one.meetAnew();
    },
  };
}

function viewOf(desk: TerminalDesk, isUncertain: (operation: OpenOperation) => boolean): TerminalView {
  const record = desk.record();
  const reach = desk.reach();
  const isStuck = record.unresolved !== undefined || (record.openOperation && isUncertain(record.openOperation));
  const stateOfReach = reach.state === 'unpaired' ? 'unpaired' : reach.state === 'ok' ? 'ready' : 'unreachable';
  const state = record.blocked ? 'blocked' : isStuck ? 'unresolved' : record.openOperation ? 'busy' : stateOfReach;
  const reason = record.blocked ?? record.unresolved ?? (stateOfReach === 'ready' ? undefined : reach.cause);
  return {
    terminalId: desk.setting.id,
    api: desk.version,
    address: desk.setting.address,
    verified: desk.version === 'v2' && desk.setting.verify !== false,
    state,
    ...(record.openOperation ? { openOperation: record.openOperation } : {}),
    ...(reason === undefined ? {} : { reason }),
  };
}
