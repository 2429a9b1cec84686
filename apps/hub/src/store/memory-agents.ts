import type { AgentRows } from './agent-rows.ts';
import type { DeviceRows } from './device-rows.ts';
import type { JournalRows } from './journal-rows.ts';
import type { MemoryTables } from './memory-store.ts';
import { conflict, type UndoLog } from './memory-table.ts';

export function memoryAgents({ agents, boots }: MemoryTables, log: UndoLog): AgentRows {
  return {
    async insert(agent) {
      if (agents.get(log, agent.agentId)) return false;
      agents.set(log, agent.agentId, agent);
      return true;
    },
    get: async (agentId) => agents.get(log, agentId),
    save: async (agent) => agents.set(log, agent.agentId, agent),
    list: async () => agents.all(log).sort((a, b) => (a.agentId < b.agentId ? -1 : 1)),
    sessionOf: async (agentId, boot) => boots.get(log, `${agentId}/${boot}`),
    async addBoot(agentId, boot, session) {
      if (boots.get(log, `${agentId}/${boot}`) !== undefined) throw conflict(log, 'agent_boot_pkey');
      boots.set(log, `${agentId}/${boot}`, session);
    },
  };
}

export function memoryDevices({ devices }: MemoryTables, log: UndoLog): DeviceRows {
  const holderOf = (bin: string, deviceId: string) =>
    devices.all(log).find((one) => one.organizationBin === bin && one.deviceId === deviceId);
  return {
    get: async (agentId, deviceId) => devices.get(log, `${agentId}/${deviceId}`),
    holderOf: async (bin, deviceId) => holderOf(bin, deviceId),
    listOf: async (agentId) =>
      devices
        .all(log)
        .filter((one) => one.agentId === agentId)
        .sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1)),
    atTradePoint: async (bin, tradePointId) =>
      devices
        .all(log)
        .filter(
          (one) => one.organizationBin === bin && one.tradePointId === tradePointId && one.deviceToken !== undefined,
        )
        .sort((a, b) => (b.registeredAtMs ?? 0) - (a.registeredAtMs ?? 0) || (a.deviceId < b.deviceId ? -1 : 1)),
    async put(device) {
      const holder = holderOf(device.organizationBin, device.deviceId);
      if (holder && holder.agentId !== device.agentId) throw conflict(log, 'device_of_organization');
      devices.set(log, `${device.agentId}/${device.deviceId}`, device);
    },
    async removeWish(agentId, deviceId) {
      const key = `${agentId}/${deviceId}`;
      if (devices.get(log, key)?.deviceToken === undefined) devices.delete(log, key);
    },
    wishes: async (limit) =>
      devices
        .all(log)
        .filter((one) => one.deviceToken === undefined && one.refusal === undefined)
        .slice(0, limit),
  };
}

export function memoryJournal({ positions, journalRows, events }: MemoryTables, log: UndoLog): JournalRows {
  const current = (agentId: string) => positions.all(log).find((one) => one.agentId === agentId && !one.closed);
  return {
    current: async (agentId) => current(agentId),
    positionOf: async (agentId, epoch) => positions.get(log, `${agentId}/${epoch}`),
    async savePosition(position) {
      const open = current(position.agentId);
      if (!position.closed && open && open.epoch !== position.epoch) throw conflict(log, 'journal_position_open');
      positions.set(log, `${position.agentId}/${position.epoch}`, position);
    },
    async held(agentId, epoch, from, to) {
      const found = [];
      for (let seq = from; seq <= to; seq++) {
        const row = journalRows.get(log, `${agentId}/${epoch}/${seq}`);
        if (row) found.push({ seq, eventId: row.eventId, hash: row.hash });
      }
      return found;
    },
    async knownEvents(agentId, eventIds) {
      return new Set(eventIds.filter((id) => events.get(log, `${agentId}/${id}`) !== undefined));
    },
    async insert(rows) {
      for (const row of rows) {
        const key = `${row.agentId}/${row.epoch}/${row.seq}`;
        if (journalRows.get(log, key)) throw conflict(log, 'journal_row_pkey');
        journalRows.set(log, key, row);
        events.set(log, `${row.agentId}/${row.eventId}`, true);
      }
    },
    positions: async () =>
      positions
        .all(log)
        .filter((one) => !one.closed)
        .map(({ agentId, epoch, upto }) => ({ agentId, epoch, upto })),
  };
}
