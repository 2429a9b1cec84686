import { z } from 'zod';

/** What `tolem-agent run --bundle` takes: who it is, where the hub is, whom to trust. Holds a private key: 0600. */
export const agentBundle = z.strictObject({
  v: z.literal(1),
  agentId: z.string(),
  name: z.string(),
  storeName: z.string(),
  chain: z.string(),
  hub: z.strictObject({ grpc: z.string(), mqtt: z.string() }),
  ca: z.string(),
  certificate: z.string(),
  key: z.string(),
});
export type AgentBundle = z.infer<typeof agentBundle>;

/** Agent ids appear in MQTT topics, in certificates and in file names. */
export const AGENT_ID = /^[a-z0-9][a-z0-9_-]{0,62}$/;
