/** What must not outlive a measurement: processes, servers, folders. Run at its end, and when it is interrupted. */
const opened = new Set<() => Promise<void>>();

/** The given closing, which runs once, by itself or with all the others. */
export function closedAtTheEnd(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const once = (): Promise<void> => {
    opened.delete(once);
    closing ??= close();
    return closing;
  };
  opened.add(once);
  return once;
}

let everything: Promise<unknown> | undefined;

/** Once, however many signals ask for it. */
export async function closeAll(): Promise<void> {
  everything ??= Promise.allSettled([...opened].map((close) => close()));
  await everything;
}
