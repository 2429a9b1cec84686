import { toWireAmount, type wire } from '@tolem/proto';
import type { Command } from '../command/command.ts';
import type { HubCore } from '../hub-core.ts';
import type { AgentCaller, CallGuard } from './call-guard.ts';
import { requireUuid } from './request-check.ts';

/** What headquarters asks of the calling agent [decisions: commands]. */
export function createCommandMethods(
  core: HubCore,
  guard: CallGuard,
): Pick<wire.HubServiceServer, 'listCommands' | 'claimCommand'> {
  const toWire = (command: Command): wire.Command => ({
    commandId: command.commandId,
    kind: command.kind,
    refundId: command.refundId,
    paymentId: command.paymentId,
    amount: toWireAmount(command.amount),
    reason: command.reason,
    actor: command.actor,
    expiresInMs: BigInt(Math.max(0, Math.round(command.expiresAtMs - core.nowMs()))),
  });
  return {
    listCommands: guard.unary({ money: 'reads' }, async ({ agentId }: AgentCaller, _: wire.ListCommandsRequest) => ({
      commands: (await core.commands.listFor(agentId)).map(toWire),
    })),
    claimCommand: guard.unary(
      { money: 'moves_money' },
      async ({ agentId, session }: AgentCaller, request: wire.ClaimCommandRequest) => {
        const commandId = requireUuid(request.commandId, 'command_id');
        return { command: toWire(await core.commands.claim(agentId, session, commandId)) };
      },
    ),
  };
}
