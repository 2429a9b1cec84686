import { toWireMethod, type wire } from '@tolem/proto';
import type { HubCore } from '../hub-core.ts';
import type { HubOffer } from '../hub-offer.ts';
import type { CallGuard } from './call-guard.ts';
import { toWireDevice } from './payment-view.ts';
import { optionalText, requireCount, requireText } from './request-check.ts';

/** Numbers of the wire's enum. */
const REFUND_WAY_NUMBERS = {
  none: 1,
  with_customer: 2,
  without_customer: 3,
} as const satisfies Record<HubOffer['refundWay'], wire.RefundWay>;

/** Hello, and the agent's devices. */
export function createSessionMethods(
  core: HubCore,
  guard: CallGuard,
): Pick<wire.HubServiceServer, 'hello' | 'listDevices' | 'listTradePoints' | 'registerDevice'> {
  const reads = { money: 'reads' } as const;
  return {
    hello: guard.unary({ ...reads, withoutSession: true }, async ({ agentId, caller }, request: wire.HelloRequest) => {
      const { session } = await core.agents.hello(agentId, {
        boot: requireText(request.boot, 'boot'),
        epoch: requireText(request.epoch, 'epoch'),
        lastSeq: requireCount(request.lastSeq, 'last_seq'),
        hostFingerprint: requireText(request.hostFingerprint, 'host_fingerprint'),
        version: optionalText(request.version, 'version') ?? '',
      });
      const [agent, devices] = await Promise.all([core.agents.get(agentId), core.devices.listDevices(caller, agentId)]);
      return {
        session: BigInt(session),
        hubEpoch: core.hubEpoch,
        agentName: agent.name,
        storeName: agent.storeName,
        hubTimeMs: BigInt(Math.round(core.nowMs())),
        devices: devices.map(toWireDevice),
        scheme: core.offer.scheme,
        methods: core.offer.methods.map(toWireMethod),
        refundWay: REFUND_WAY_NUMBERS[core.offer.refundWay],
      };
    }),
    listDevices: guard.unary(reads, async ({ agentId, caller }, _request: wire.ListDevicesRequest) => {
      const devices = await core.devices.listDevices(caller, agentId);
      return { devices: devices.map(toWireDevice) };
    }),
    listTradePoints: guard.unary(reads, async (_agent, _request: wire.ListTradePointsRequest) => {
      const points = await core.devices.listTradePoints();
      return { tradePoints: points.map((point) => ({ ...point, tradePointId: BigInt(point.tradePointId) })) };
    }),
    registerDevice: guard.unary(reads, async ({ agentId, caller }, request: wire.RegisterDeviceRequest) => {
      const device = await core.devices.register(caller, {
        agentId,
        deviceId: requireText(request.deviceId, 'device_id'),
        organizationBin: requireText(request.organizationBin, 'organization_bin'),
        tradePointId: request.tradePointId.toString(),
      });
      return { device: toWireDevice(device) };
    }),
  };
}
