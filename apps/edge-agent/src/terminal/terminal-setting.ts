/** One terminal as the configuration names it. */
export interface TerminalSetting {
  id: string;
  /** `host:port` on the local network. */
  address: string;
  api: 'auto' | 'v1' | 'v2';
  /** PEM text of the authority of the terminal's certificate. */
  ca?: string;
  serverName?: string;
  /** `false`: any certificate is taken; shown everywhere as "unverified". */
  verify?: boolean;
  /** Under which it is paired; never changed afterwards. */
  name?: string;
  /** Checked at every new connection; learnt from the terminal at the first contact where it is not given. */
  serial?: string;
}
