/**
 * Takes 1,500 ₸ by QR and gives 500 ₸ back, on the test stand or the simulator:
 *
 *   node examples/take-a-payment.ts https://127.0.0.1:8545/r3/v01 client.pfx PASSPHRASE kbs_root_ca.crt 180340021791
 */
import { readFileSync } from 'node:fs';
import { createLog, createSystemContext, Money } from '@tolem/base';
// Elsewhere: from '@tolem/kaspi-core'.
import { createHttpTransport, createQrApi, createQrEmulation, KaspiError, type QrApi } from '../src/index.ts';

export interface ExampleOptions {
  /** `https://host:port/r3/v01` */
  baseUrl: string;
  pfx: Uint8Array;
  passphrase: string;
  rootPem: string;
  organizationBin: string;
  say: (line: string) => void;
}

export async function takeAPayment(options: ExampleOptions): Promise<void> {
  const { organizationBin, say } = options;
  const context = createSystemContext(createLog({ name: 'example', level: 'warn' }));
  const { origin, pathname: basePath } = new URL(options.baseUrl);
  const http = createHttpTransport({
    context,
    origin,
    tls: { identity: { pfx: options.pfx, passphrase: options.passphrase }, ca: [options.rootPem] },
  });
  try {
    const api = createQrApi({ http, basePath, clock: context.clock });
    const [tradePoint] = await api.listTradePoints(organizationBin);
    if (!tradePoint) return say('this organisation has no trade points');
    const { tradePointId } = tradePoint;
    const deviceToken = await api.registerDevice({ organizationBin, deviceId: 'till-1', tradePointId });

    const amount = Money.fromTenge(1500);
    const externalId = context.ids.uuid();
    const created = await api.createQr({ organizationBin, deviceToken, amount, externalId });
    say(`show this as a QR code: ${created.qrToken}`);

    // On the test stand nobody holds a phone: the stand itself plays the customer.
    const customer = createQrEmulation({ http, basePath });
    await customer.scan(created.bankPaymentId);
    await customer.confirm(created.bankPaymentId);

    const { bankPaymentId } = created;
    for (;;) {
      const status = await api.readStatus(bankPaymentId);
      say(`${status.word} means ${status.meaning}`);
      if (status.meaning === 'succeeded') break;
      if (status.meaning === 'failed') return;
      await context.clock.sleep(created.pollIntervalMs);
    }
    await giveBack(api, { organizationBin, deviceToken, bankPaymentId, amount: Money.fromTenge(500) }, say);
  } finally {
    await http.close();
  }
}

/** Money back is asked for once. Where the outcome is open, the details are read and a person decides; never sent again. */
async function giveBack(
  api: QrApi,
  request: Parameters<QrApi['refund']>[0],
  say: (line: string) => void,
): Promise<void> {
  try {
    const { bankRefundId } = await api.refund(request);
    say(`gave ${request.amount} ₸ back as ${bankRefundId}`);
  } catch (error) {
    if (!(error instanceof KaspiError)) throw error;
    say(
      error.effect === 'none' ? `refused: ${error.code}` : `unknown (${error.code}): read the details, do not repeat`,
    );
  }
  const details = await api.readDetails(request);
  say(`${details.availableReturnAmount} ₸ of ${details.totalAmount} ₸ could still go back`);
}

if (import.meta.main) {
  const [baseUrl = '', pfxFile = '', passphrase = '', rootFile = '', organizationBin = ''] = process.argv.slice(2);
  await takeAPayment({
    baseUrl,
    pfx: readFileSync(pfxFile),
    passphrase,
    rootPem: readFileSync(rootFile, 'utf8'),
    organizationBin,
    say: (line) => process.stdout.write(`${line}\n`),
  });
}
