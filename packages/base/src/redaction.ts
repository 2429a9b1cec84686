/**
 * Keeps secrets and customers' names and phone numbers out of logs by the names of members, at any depth, whatever their spelling
 * (`deviceToken`, `DeviceToken`, `device_token`, `X-Api-Key`). It cannot see secrets inside sentences: never put them there.
 */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  'authorization',
  'clientname',
  'key',
  'payername',
  'pfx',
  'phone',
  'pin',
  'setcookie',
]);
const SECRET_ENDINGS = [
  'token',
  'secret',
  'password',
  'passphrase',
  'privatekey',
  'privatekeypem',
  'apikey',
  'phonenumber',
  'cookie',
] as const;
const CENSOR = '[redacted]';
/** Deeper than any record of ours; it also ends cycles. */
const DEPTH_LIMIT = 8;

/** A copy of a log record without secrets; errors become plain objects. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return redact(serializeError(value), depth);
  if (value instanceof Uint8Array) return `[${value.length} bytes]`;
  if (depth >= DEPTH_LIMIT) return '[deeper]';
  if (Array.isArray(value)) return value.map((entry) => redact(entry, depth + 1));
  if ('toJSON' in value && typeof value.toJSON === 'function') return redact(value.toJSON(), depth + 1);
  // Sockets, requests and the like: walking through them costs much and tells little.
  if (!isPlain(value)) return `[${value.constructor?.name ?? 'object'}]`;
  return redactMembers(value, depth);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** `redact` for a record, which stays one. */
export function redactMembers(record: object, depth = 0): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([name, member]) => [
      name,
      isSecretName(name) && member !== undefined && member !== null ? CENSOR : redact(member, depth + 1),
    ]),
  );
}

export function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return SECRET_NAMES.has(plain) || SECRET_ENDINGS.some((ending) => plain.endsWith(ending));
}

/** Causes deeper than this are not shown; it also ends cycles. */
const CAUSES_LIMIT = 5;

/** An error as a log shows it: name, code, message, ids and the chain of causes, without stacks of operating errors. */
export function serializeError(error: unknown, causes = 0): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, cause } = error;
  const code = 'code' in error ? error.code : undefined;
  const ids = 'ids' in error ? error.ids : undefined;
  const isBug = code === undefined;
  return {
    name,
    message,
    ...(code === undefined ? {} : { code }),
    ...(ids === undefined ? {} : { ids }),
    ...(cause === undefined || causes >= CAUSES_LIMIT ? {} : { cause: serializeError(cause, causes + 1) }),
    ...(isBug ? { stack: error.stack } : {}),
  };
}
