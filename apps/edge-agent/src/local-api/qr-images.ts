import type { FastifyReply } from 'fastify';
import { toBuffer, toString as toText } from 'qrcode';
import { doorProblem } from './door-problem.ts';
import type { DoorApp, Doors } from './doors.ts';
import { shownCode } from './payment-json.ts';
import { idParams } from './requests.ts';

/** Black on white in both themes, with the quiet zone of four modules: anything else some phones can't read. */
const LOOK = { errorCorrectionLevel: 'M', margin: 4 } as const;
/** Sharp on a customer display of 1080 pixels. */
const PNG_PIXELS = 600;

/** The code to show, as an image; refused once it must not be shown any more. */
export function addQrImages(app: DoorApp, { core }: Doors): void {
  const schema = (summary: string) => ({ schema: { tags: ['payments'], summary, params: idParams } });
  const tokenOf = (paymentId: string): string => {
    const code = shownCode(core.payments.get(paymentId));
    if (!code) throw doorProblem('code_not_shown', 'this payment has no code to show', { paymentId });
    return code.text;
  };
  app.get('/payments/:id/qr.svg', schema('The code as SVG'), async (request, reply) =>
    sendSvg(reply, tokenOf(request.params.id)),
  );
  app.get('/payments/:id/qr.png', schema('The code as PNG, 600 pixels wide'), async (request, reply) =>
    sendPng(reply, tokenOf(request.params.id)),
  );
}

export async function sendSvg(reply: FastifyReply, text: string): Promise<FastifyReply> {
  const svg = await toText(text, { ...LOOK, type: 'svg' });
  return reply.type('image/svg+xml').header('cache-control', 'no-store').send(svg);
}

export async function sendPng(reply: FastifyReply, text: string): Promise<FastifyReply> {
  const png = await toBuffer(text, { ...LOOK, type: 'png', width: PNG_PIXELS });
  return reply.type('image/png').header('cache-control', 'no-store').send(png);
}
