/** One layer of the agent's health with a named cause [architecture: Presence]. */
export interface HealthLayer {
  layer:
    | 'agent'
    | 'disk'
    | 'clock'
    | 'hub_link'
    | 'terminal_port'
    | 'terminal_app'
    | 'pairing'
    | 'controller'
    | 'kaspi'
    | 'certificate';
  /** What the layer speaks of, such as a terminal's id; empty for the agent as a whole. */
  subject: string;
  state: 'ok' | 'warn' | 'fail' | 'unknown';
  /** A word such as `connect_timeout`; empty when ok. */
  cause: string;
  detail: string;
  sinceMs: number;
}
