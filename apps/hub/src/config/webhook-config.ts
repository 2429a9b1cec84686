import { z } from 'zod';
import { EVENT_TYPES, type EventType } from '../event/hub-event.ts';
import { DEFAULT_EVENTS } from '../webhook/webhook.ts';

/** Each costs rows for every event; a chain has one program or a few that want to know. */
const ENDPOINTS_MAX = 20;
const GROUPS = ['payment.*', 'refund.*', 'case.*'] as const;

/**
 * The addresses come from whoever runs the hub, never from a caller. Still: TLS unless the post stays on this machine, no
 * credentials in the address (they would be in logs), and the sender follows no redirect.
 */
const url = z
  .string()
  .max(2000)
  .refine((text) => URL.canParse(text), { error: 'an https:// address', abort: true })
  .refine((text) => isSafe(new URL(text)), 'an https:// address without user and password (http:// only on 127.0.0.1)');

const events = z
  .array(z.enum([...EVENT_TYPES, ...GROUPS]))
  .min(1)
  .max(EVENT_TYPES.length + GROUPS.length)
  .transform((named) => EVENT_TYPES.filter((type) => named.some((name) => isMeant(name, type))));

export const webhooksSchema = z
  .array(
    z.strictObject({
      id: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'a name of a–z, 0–9, "_" and "-"'),
      url,
      secretFile: z.string().min(1).max(4096),
      events: events.default([...DEFAULT_EVENTS]),
    }),
  )
  .max(ENDPOINTS_MAX)
  .refine((list) => new Set(list.map((one) => one.id)).size === list.length, 'each id once')
  .default([]);

function isMeant(name: string, type: EventType): boolean {
  return name === type || (name.endsWith('.*') && type.startsWith(name.slice(0, -1)));
}

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);

function isSafe({ protocol, hostname, username, password }: URL): boolean {
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
}
