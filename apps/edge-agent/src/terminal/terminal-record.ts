/** What the journal keeps of one terminal. A terminal does one operation at a time, and this is where that is held. */
export interface TerminalRecord {
  terminalId: string;
  /** The payment or refund that keeps it from the next one. */
  openOperation?: { kind: 'payment' | 'refund'; id: string };
  /** Its last operation must be looked at by a person first, such as `journal_lost`. */
  unresolved?: string;
  /** Not to be used at all until a person has released it, such as `first_amount_mismatch`, `wrong_terminal`. */
  blocked?: string;
  /** Its first successful payment said the amount that was asked: it counts in tenge as we do. */
  amountChecked: boolean;
  /** Of the v2 terminal that answered first; another one at its address is blocked. The configuration's, where given, wins. */
  serial?: string;
  releasedBy?: string;
  releasedReason?: string;
}
