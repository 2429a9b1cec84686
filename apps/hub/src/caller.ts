/** Who asks: an agent named by its certificate, a person at HQ, or the hub itself. */
export type Caller = { kind: 'agent'; agentId: string } | { kind: 'person'; name: string } | { kind: 'system' };
