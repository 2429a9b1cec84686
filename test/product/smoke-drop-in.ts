import { get } from 'node:http';
import { eventually } from '../support/program.ts';
import type { Product } from './product.ts';

const CALL_LIMIT_MS = 10_000;

/** Till software written for a terminal: `/payment`, `/status`, `/refund` at the agent's own LAN API, which stands for the v2 terminal. */
export async function sellAtOldTill({ bank, dropIn }: Product): Promise<string> {
  const terminalId = 'front';
  const isWaiting = () =>
    eventually('the terminal shows it', async () => (await bank.terminalState(terminalId)).process !== null);
  const untilTold = async (processId: string) =>
    eventually('the old till is told', async () => {
      const { status, ...told } = await ask(dropIn, `/status?processId=${processId}`);
      if (status === 'wait') return undefined;
      if (status !== 'success') throw new Error(`the old till was told ${status}: ${JSON.stringify(told)}`);
      return told;
    });
  const paying = await begin(dropIn, '/payment?amount=650');
  await isWaiting();
  await bank.terminal(terminalId, 'pay', { method: 'card' });
  const { transactionId } = await untilTold(paying);
  await untilTold(await begin(dropIn, `/refund?method=card&amount=650&transactionId=${String(transactionId)}`));
  return '650 paid and refunded by an old till that knows only the terminal';
}

async function begin(address: string, path: string): Promise<string> {
  const { processId, message } = await ask(address, path);
  if (typeof processId !== 'string') throw new Error(`${path} was refused: ${String(message)}`);
  return processId;
}

/** Not by `fetch`, which says like a browser where it comes from, and is refused. */
function ask(address: string, path: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const asking = get(`http://${address}${path}`, { timeout: CALL_LIMIT_MS }, (answer) => {
      answer.toArray().then((chunks: Buffer[]) => {
        resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>);
      }, reject);
    });
    asking.on('timeout', () => asking.destroy(new Error(`${path} was not answered`)));
    asking.on('error', reject);
  });
}
