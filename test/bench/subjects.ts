/** What is measured, and how long each may take before it is given up. */
export const SUBJECTS = {
  polling: { title: 'A poll that changes nothing (hub core, PostgreSQL, bare HTTPS bank)', limitMs: 90_000 },
  many: { title: 'Ten thousand open payments (hub core, PostgreSQL, bare HTTPS bank)', limitMs: 120_000 },
  latency: { title: "The hub's own share of latency (hub core, PostgreSQL, simulator)", limitMs: 60_000 },
  settling: { title: 'Payments created, polled and settled (hub core, PostgreSQL, simulator)', limitMs: 60_000 },
  ingestion: { title: 'Journals taken (hub core, PostgreSQL)', limitMs: 60_000 },
  doors: { title: 'A QR code through every door (whole product, agent from its bundle)', limitMs: 60_000 },
  'drop-in': { title: "The drop-in API against the terminal's own (whole product, terminal v1)", limitMs: 90_000 },
  agent: { title: 'The agent (a process from its bundle, whole product around it)', limitMs: 80_000 },
} as const;

export type Subject = keyof typeof SUBJECTS;

export function isSubject(name: string): name is Subject {
  return Object.hasOwn(SUBJECTS, name);
}
