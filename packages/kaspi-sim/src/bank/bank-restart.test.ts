import { describe, expect, it } from 'vitest';
import { BIN, openBankForTests } from './bank-world.ts';

describe('the bank after a restart of the simulator', () => {
  it('knows its devices, purchases and refunds, and never gives an id again', () => {
    const before = openBankForTests();
    const token = before.register();
    const id = before.createQr(token);
    for (const step of ['scan', 'confirm']) before.post(`test/payment/${step}`, { qrPaymentId: id });
    before.post('payment/return', { OrganizationBin: BIN, DeviceToken: token, QrPaymentId: Number(id), Amount: 50 });

    const after = openBankForTests({}, before.log.entries);
    expect(after.register()).toBe(token);
    expect(after.get(`payment/status/${id}`).Data?.Status).toBe('Processed');
    expect(after.get('payment/details', { QrPaymentId: id, DeviceToken: token }).Data?.AvailableReturnAmount).toBe(150);
    expect(after.createQr(token)).not.toBe(id);
    const more = { OrganizationBin: BIN, DeviceToken: token, QrPaymentId: Number(id), Amount: 50 };
    expect(after.post('payment/return', more).Data).toEqual({ ReturnOperationId: 7_000_000_002 });
  });

  it('lets windows end that passed while it was down', async () => {
    const before = openBankForTests();
    const id = before.createQr(before.register());
    const after = openBankForTests({}, before.log.entries);
    await after.clock.advance(180_000);
    expect(after.bank.state.purchase(id)?.phase).toBe('expired');
  });

  it('forgets everything by a reset', () => {
    const world = openBankForTests();
    const id = world.createQr(world.register());
    world.bank.state.reset();
    expect(world.log.entries).toEqual([]);
    expect(world.get(`payment/status/${id}`).StatusCode).toBe(-1601);
  });
});
