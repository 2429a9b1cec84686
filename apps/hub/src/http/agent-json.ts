import { z } from 'zod';
import type { Agent } from '../agent/agent.ts';
import type { Case } from '../case/case.ts';
import type { Device } from '../device/device.ts';
import { present } from '../present.ts';
import { amountText, optionalIso, toIso } from './payment-json.ts';

/** Agents, devices and cases as the API shows them. */
const moment = z.iso.datetime();

const healthLayerSchema = z
  .object({
    layer: z.string(),
    subject: z.string(),
    state: z.enum(['ok', 'warn', 'fail', 'unknown']),
    cause: z.string().describe('A word that names the cause; empty when ok'),
    detail: z.string(),
    since: moment,
  })
  .meta({ id: 'HealthLayer' });

export const agentSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    storeName: z.string(),
    addedAt: moment,
    revokedAt: moment.optional(),
    presence: z.enum(['online', 'reconnecting', 'offline', 'stale', 'never_seen']),
    presenceSince: moment.optional(),
    version: z.string().optional(),
    certificateExpiresAt: moment.optional(),
    health: z.array(healthLayerSchema),
    journal: z.object({ epoch: z.string(), upto: z.int() }).optional(),
    lastSeq: z.int().optional().describe('What the agent says it has; more than journal.upto means rows on their way'),
  })
  .meta({ id: 'Agent' });

export const deviceSchema = z
  .object({
    agentId: z.string(),
    deviceId: z.string(),
    organizationBin: z.string(),
    tradePointId: z.string(),
    tradePointName: z.string(),
    enabled: z.boolean(),
  })
  .meta({ id: 'Device' });

export const tradePointSchema = z
  .object({
    organizationBin: z.string(),
    organizationName: z.string(),
    tradePointId: z.string(),
    name: z.string(),
  })
  .meta({ id: 'TradePoint' });

export const caseSchema = z
  .object({
    id: z.string(),
    kind: z.string(),
    agentId: z.string().optional(),
    paymentId: z.string().optional(),
    refundId: z.string().optional(),
    amount: amountText.optional(),
    detail: z.record(z.string(), z.unknown()),
    openedAt: moment,
    owner: z.string().optional(),
    closedAt: moment.optional(),
    closedBy: z.string().optional(),
    closeReason: z.string().optional(),
  })
  .meta({ id: 'Case' });

export function toAgentJson(agent: Agent): z.output<typeof agentSchema> {
  return {
    id: agent.agentId,
    name: agent.name,
    storeName: agent.storeName,
    addedAt: toIso(agent.addedAtMs),
    presence: agent.presence,
    health: agent.health.map(({ sinceMs, ...layer }) => ({ ...layer, since: toIso(sinceMs) })),
    ...present({
      revokedAt: optionalIso(agent.revokedAtMs),
      presenceSince: optionalIso(agent.presenceSinceMs),
      version: agent.version,
      certificateExpiresAt: optionalIso(agent.certificateExpiresAtMs),
      journal: agent.journal,
      lastSeq: agent.lastSeq,
    }),
  };
}

/** Without the bank's handle, which is a secret of the gateway. */
export function toDeviceJson(device: Device): z.output<typeof deviceSchema> {
  const { agentId, deviceId, organizationBin, tradePointId, tradePointName, enabled } = device;
  return { agentId, deviceId, organizationBin, tradePointId, tradePointName, enabled };
}

export function toCaseJson(one: Case): z.output<typeof caseSchema> {
  return {
    id: one.caseId,
    kind: one.kind,
    detail: one.detail,
    openedAt: toIso(one.openedAtMs),
    ...present({
      agentId: one.agentId,
      paymentId: one.paymentId,
      refundId: one.refundId,
      amount: one.amount?.toString(),
      owner: one.owner,
      closedAt: optionalIso(one.closedAtMs),
      closedBy: one.closedBy,
      closeReason: one.closeReason,
    }),
  };
}
