/** What is measured, and how long each may take before it is given up. */
export const SUBJECTS = {
  polling: { title: 'A poll that changes nothing (hub core, PostgreSQL, bare HTTPS bank)', limitMs: 60_000 },
  many: { title: 'Ten thousand open payments (hub core, PostgreSQL, bare HTTPS bank)', limitMs: 80_000 },
  latency: { title: "The hub's own share of latency (hub core, PostgreSQL, simulator)", limitMs: 30_000 },
  settling: { title: 'Payments created, polled and settled (hub core, PostgreSQL, simulator)', limitMs: 30_000 },
  ingestion: { title: 'Journals taken (hub core, PostgreSQL)', limitMs: 25_000 },
  agent: { title: 'The agent (a process from its sources, whole product around it)', limitMs: 45_000 },
} as const;

export type Subject = keyof typeof SUBJECTS;

export function isSubject(name: string): name is Subject {
  return Object.hasOwn(SUBJECTS, name);
}
