/** What an HTTP call answered, whatever its status: situations look at both. */
export interface Answer<Body = Record<string, unknown>> {
  status: number;
  body: Body;
}

/** A bound on one call, so that a hung door fails the test instead of hanging it. */
const CALL_LIMIT_MS = 60_000;

export async function callJson<Body = Record<string, unknown>>(
  url: string,
  request: { method?: string; token?: string; key?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer<Body>> {
  const response = await fetch(url, {
    method: request.method ?? (request.body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(request.token === undefined ? {} : { authorization: `Bearer ${request.token}` }),
      ...(request.key === undefined ? {} : { 'idempotency-key': request.key }),
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...request.headers,
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    signal: AbortSignal.timeout(CALL_LIMIT_MS),
  });
  const text = await response.text();
  let body: unknown;
  try {
    body = text === '' ? {} : JSON.parse(text);
  } catch {
    throw new Error(`${url} answered ${response.status} with no JSON: ${text.slice(0, 200)}`);
  }
  return { status: response.status, body: body as Body };
}

/** The body of an answer that must be a success. */
export async function expectOk<Body>(url: string, request: Parameters<typeof callJson>[1] = {}): Promise<Body> {
  const answer = await callJson<Body>(url, request);
  if (answer.status >= 300) throw new Error(`${url} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}
