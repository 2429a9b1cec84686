/** What is due when, by monotonic time: a binary heap in which a later entry for the same id replaces the earlier one. */
export interface DueQueue {
  put(id: string, atMono: number): void;
  remove(id: string): void;
  has(id: string): boolean;
  /** The earliest moment at which something is due. */
  nextAt(): number | undefined;
  /** Takes the earliest id that is due by then. */
  takeDue(nowMono: number): string | undefined;
  clear(): void;
  readonly size: number;
}

interface Entry {
  id: string;
  atMono: number;
}

export function createDueQueue(): DueQueue {
  const heap: Entry[] = [];
  /** The entry that counts for an id; others in the heap are stale and dropped when they come up. */
  const live = new Map<string, Entry>();
  const dropStale = (): Entry | undefined => {
    for (let top = heap[0]; top !== undefined; top = heap[0]) {
      if (live.get(top.id) === top) return top;
      removeTop(heap);
    }
    return undefined;
  };
  return {
    put(id, atMono) {
      const entry = { id, atMono };
      live.set(id, entry);
      push(heap, entry);
    },
    remove: (id) => void live.delete(id),
    has: (id) => live.has(id),
    nextAt: () => dropStale()?.atMono,
    takeDue(nowMono) {
      const top = dropStale();
      if (!top || top.atMono > nowMono) return undefined;
      removeTop(heap);
      live.delete(top.id);
      return top.id;
    },
    clear() {
      heap.length = 0;
      live.clear();
    },
    get size() {
      return live.size;
    },
  };
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const up = (at - 1) >> 1;
    const parent = heap[up];
    if (!parent || parent.atMono <= entry.atMono) break;
    heap[at] = parent;
    at = up;
  }
  heap[at] = entry;
}

function removeTop(heap: Entry[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const right = left + 1;
    const leftEntry = heap[left];
    if (!leftEntry) break;
    const rightEntry = heap[right];
    const isRightSmaller = rightEntry !== undefined && rightEntry.atMono < leftEntry.atMono;
    const child = isRightSmaller ? rightEntry : leftEntry;
    if (child.atMono >= last.atMono) break;
    heap[at] = child;
    at = isRightSmaller ? right : left;
  }
  heap[at] = last;
}
