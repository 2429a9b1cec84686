import { join } from 'node:path';
import type { Context } from '@tolem/base';
import { type Bank, createBank } from './bank/bank.ts';
import type { Scheme } from './bank/scheme.ts';
import { type CallLog, createCallLog } from './calls/call-log.ts';
import { describeOutcome } from './calls/describe-outcome.ts';
import { openApiKey } from './certificates/api-key.ts';
import type { SimPki } from './certificates/sim-pki.ts';
import { type BankControl, createBankControl } from './control/bank-control.ts';
import { isoTime, type PurchaseView } from './control/purchase-view.ts';
import type { Outcome } from './faults/answer-with-fault.ts';
import { createFaultPlan, type FaultPlan } from './faults/fault-plan.ts';
import type { SimConfig } from './sim-config.ts';
import { createTerminalSim, type TerminalCallRecord, type TerminalSim } from './terminal/terminal-sim.ts';
import type { DrawQr } from './terminal/terminal-view.ts';
import { type AppendLog, openAppendLog } from './truth/append-log.ts';
import { type Charge, createTruthJournal, type RefundMade, type TruthJournal } from './truth/truth-journal.ts';

/** What was really charged and refunded, and every purchase with its words. */
export interface Truth {
  charges: Charge[];
  refunds: RefundMade[];
  purchases: PurchaseView[];
  polledReads: number;
}

/** Everything simulated, without its listeners. */
export interface Sim {
  config: SimConfig;
  context: Context;
  pki: SimPki;
  apiKey: string;
  faults: FaultPlan;
  calls: CallLog;
  truthJournal: TruthJournal;
  bank: Bank;
  bankControl: BankControl;
  terminals: ReadonlyMap<string, TerminalSim>;
  /** Where the listeners are; set once they listen. */
  addresses: { bankUrl: string; bankUrls: Partial<Record<Scheme, string>>; terminals: Record<string, string> };
  truth(): Truth;
  reset(): void;
  close(): void;
}

/** Opens the data folder and brings back what earlier runs knew. Throws `data_unusable`. */
export function createSim(config: SimConfig, pki: SimPki, drawQr: DrawQr, context: Context): Sim {
  const opened: AppendLog[] = [];
  const open = (name: string) => {
    const log = openAppendLog(join(config.dataDir, name));
    opened.push(log);
    return log;
  };
  const truthJournal = createTruthJournal(open('truth.jsonl'));
  const bank = createBank({ settings: config.bank, context, log: open('bank.jsonl'), truth: truthJournal });
  const bankControl = createBankControl(bank.state);
  const faults = createFaultPlan();
  const calls = createCallLog();
  const terminals = new Map(
    config.terminals.map((settings) => {
      const log = openAppendLog(join(config.dataDir, `terminal-${settings.id}.jsonl`));
      const onCall = (call: TerminalCallRecord) => {
        const finish = calls.begin({ ...call, at: isoTime(context.clock.nowMs()) });
        return (outcome: Outcome) => finish(describeOutcome(outcome));
      };
      return [settings.id, createTerminalSim({ settings, truth: truthJournal, faults, log, drawQr, onCall }, context)];
    }),
  );
  return {
    config,
    context,
    pki,
    apiKey: openApiKey(config.dataDir, context.ids, config.bank.apiKey),
    faults,
    calls,
    truthJournal,
    terminals,
    addresses: { bankUrl: '', bankUrls: {}, terminals: {} },
    bank,
    bankControl,
    truth: () => ({
      charges: [...truthJournal.charges],
      refunds: [...truthJournal.refunds],
      purchases: bankControl.listPurchases(),
      polledReads: bank.polledReads,
    }),
    reset() {
      truthJournal.reset();
      bank.state.reset();
      for (const terminal of terminals.values()) terminal.reset();
      faults.clear();
      calls.clear();
    },
    close() {
      for (const terminal of terminals.values()) terminal.stop();
      for (const log of opened) log.close();
    },
  };
}
