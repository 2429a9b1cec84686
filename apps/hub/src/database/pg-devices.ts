import type { DeviceRecord, DeviceRows } from '../store/device-rows.ts';
import { createRowCodec } from './row-codec.ts';
import type { SqlSession } from './sql-session.ts';

const codec = createRowCodec<DeviceRecord>({
  agentId: 'text',
  deviceId: 'text',
  organizationBin: 'text',
  tradePointId: 'text',
  tradePointName: 'text',
  deviceToken: 'text',
  enabled: 'boolean',
  requestedAtMs: 'number',
  registeredAtMs: 'number',
  refusal: 'text',
});

const COLUMNS = codec.list();
const GET = `select ${COLUMNS} from device where agent_id = $1 and device_id = $2`;
const HOLDER = `select ${COLUMNS} from device where organization_bin = $1 and device_id = $2`;
const LIST = `select ${COLUMNS} from device where agent_id = $1 order by device_id`;
const AT_TRADE_POINT = `
  select ${COLUMNS} from device
  where organization_bin = $1 and trade_point_id = $2 and device_token is not null
  order by coalesce(registered_at_ms, 0) desc, device_id limit 50`;
const PUT = `
  insert into device (${COLUMNS}) values (${codec.parameters})
  on conflict (agent_id, device_id) do update set ${codec.assignments}`;
const REMOVE_WISH = 'delete from device where agent_id = $1 and device_id = $2 and device_token is null';
const WISHES = `
  select ${COLUMNS} from device where device_token is null and refusal is null
  order by requested_at_ms, agent_id, device_id limit $1`;

export function pgDevices(sql: SqlSession): DeviceRows {
  const one = async (text: string, values: unknown[]) => {
    const stored = await sql.row(text, values);
    return stored && codec.decode(stored);
  };
  return {
    get: (agentId, deviceId) => one(GET, [agentId, deviceId]),
    holderOf: (organizationBin, deviceId) => one(HOLDER, [organizationBin, deviceId]),
    listOf: async (agentId) => (await sql.rows(LIST, [agentId])).map(codec.decode),
    async atTradePoint(organizationBin, tradePointId) {
      return (await sql.rows(AT_TRADE_POINT, [organizationBin, tradePointId])).map(codec.decode);
    },
    async put(device) {
      await sql.write(PUT, codec.encode(device));
    },
    async removeWish(agentId, deviceId) {
      await sql.write(REMOVE_WISH, [agentId, deviceId]);
    },
    wishes: async (limit) => (await sql.rows(WISHES, [limit])).map(codec.decode),
  };
}
