import type { Command, CommandService } from './command/command.ts';
import { fakeProblem } from './fake-records.ts';

/** Commands that a test puts into `commandsById`. */
export function fakeCommands(commandsById: Map<string, Command>): CommandService {
  const all = () => [...commandsById.values()];
  const put = (command: Command): Command => {
    commandsById.set(command.commandId, command);
    return command;
  };
  return {
    listFor: async (agentId) => all().filter((one) => one.agentId === agentId && one.state === 'pending'),
    async claim(agentId, session, commandId) {
      const command = commandsById.get(commandId);
      if (command?.agentId !== agentId) throw fakeProblem(404, 'command_not_found');
      if (command.state === 'pending') return put({ ...command, state: 'claimed', session });
      if (command.state === 'claimed' && command.session === session) return command;
      throw fakeProblem(409, command.state === 'claimed' ? 'command_claimed' : 'command_gone');
    },
    async cancel(_caller, refundId) {
      const command = all().find((one) => one.refundId === refundId);
      if (!command) throw fakeProblem(404, 'refund_not_found');
      if (command.state !== 'pending') throw fakeProblem(409, 'command_claimed');
      return put({ ...command, state: 'cancelled' });
    },
    listOf: async (paymentId) => all().filter((one) => one.paymentId === paymentId),
  };
}
