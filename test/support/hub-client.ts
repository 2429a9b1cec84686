import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Answer, callJson, expectOk } from './json-client.ts';

export interface HubPayment {
  id: string;
  status: string;
  statusReason?: string;
  final: boolean;
  amount: string;
  amountPaid?: string;
  refundedAmount?: string;
  bankPaymentId?: string;
  method: string;
  agentId: string;
  late?: Record<string, unknown>;
  terminal?: { terminalId?: string; processId?: string };
}

export interface HubCase {
  id: string;
  kind: string;
  paymentId?: string;
  refundId?: string;
  amount?: string;
  detail?: Record<string, unknown>;
  closedAt?: string;
}

/** HQ's hands: the hub's HTTP API. */
export interface HubClient {
  readonly url: string;
  payment(id: string): Promise<HubPayment>;
  payments(query?: string): Promise<HubPayment[]>;
  cases(open?: boolean): Promise<HubCase[]>;
  agents(): Promise<Array<Record<string, unknown>>>;
  refund(paymentId: string, amount: string | undefined, key?: string): Promise<Answer>;
  call(path: string, request?: Parameters<typeof callJson>[1]): Promise<Answer>;
}

export function createHubClient(address: () => string, tokenFile: string): HubClient {
  const url = (path: string) => `http://${address()}/api/v1${path}`;
  const token = () => readFileSync(tokenFile, 'utf8').trim();
  const list = async <Item>(path: string, member: string): Promise<Item[]> => {
    const answer = await expectOk<Record<string, unknown>>(url(path), { token: token() });
    const items = answer[member];
    if (!Array.isArray(items)) throw new Error(`${path} has no list of ${member}: ${JSON.stringify(answer)}`);
    return items as Item[];
  };
  return {
    get url() {
      return `http://${address()}`;
    },
    payment: (id) => expectOk<HubPayment>(url(`/payments/${id}`), { token: token() }),
    payments: (query = '') => list<HubPayment>(`/payments?limit=200${query}`, 'payments'),
    cases: (open = true) => list<HubCase>(`/cases?limit=200&open=${open}`, 'cases'),
    agents: () => list('/agents', 'agents'),
    refund: (paymentId, amount, key = randomUUID()) =>
      callJson(url(`/payments/${paymentId}/refunds`), {
        body: { ...(amount === undefined ? {} : { amount }), reason: 'asked by HQ' },
        key,
        token: token(),
      }),
    call: (path, request = {}) => callJson(url(path), { token: token(), ...request }),
  };
}
