import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { eventually } from './program.ts';
import type { World } from './world.ts';

/**
 * A till of somebody else at the same trade point, through the bank's door of scheme 1, which the world's bank must have
 * (`bank: { listeners: [{ scheme: 1, listen: '127.0.0.1:0' }] }`). The customer pays there; gives the bank's id of the purchase.
 */
export async function payElsewhere(world: World, amount: string): Promise<string> {
  const { banks, pki } = world.simReady;
  const apiKey = readFileSync(join(world.paths.simData, 'api-key'), 'utf8').trim();
  const ca = ['kbs_root_ca.crt', 'kbs_ca.crt'].map((name) => readFileSync(join(pki, name), 'utf8'));
  const dispatcher = new Agent({ connect: { ca } });
  const call = async (path: string, body: string): Promise<string> => {
    const answer = await request(`https://${banks['1']}/r1/v01/${path}`, {
      dispatcher,
      method: 'POST',
      headers: { 'api-key': apiKey, 'x-request-id': `other-${path}-${amount}`, 'content-type': 'application/json' },
      body,
    });
    return answer.body.text();
  };
  try {
    const device = await call('device/register', '{"DeviceId":"other-till","TradePointId":1}');
    const [, token = ''] = /"DeviceToken":\s*("[^"]+"|\d+)/.exec(device) ?? [];
    const made = await call('qr/create', `{"DeviceToken":${token},"Amount":${amount},"ExternalId":"other-till-1"}`);
    const [, bankPaymentId = ''] = /"QrPaymentId":\s*(\d+)/.exec(made) ?? [];
    if (bankPaymentId === '') throw new Error(`the other till could not ask for a payment: ${device} ${made}`);
    await world.bank.act(bankPaymentId, 'scan');
    await world.bank.act(bankPaymentId, 'confirm');
    await eventually('it is charged', async () =>
      (await world.bank.truth()).charges.some((charge) => charge.bankPaymentId === bankPaymentId),
    );
    return bankPaymentId;
  } finally {
    await dispatcher.close();
  }
}
