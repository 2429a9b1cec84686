/** The dotted paths at which two configurations differ, in their order. */
export function differingKeys(before: object, after: object, prefix = ''): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => {
    const [old, now] = [valueAt(before, key), valueAt(after, key)];
    if (isBranch(old) && isBranch(now)) return differingKeys(old, now, `${prefix}${key}.`);
    return JSON.stringify(old) === JSON.stringify(now) ? [] : [`${prefix}${key}`];
  });
}

function valueAt(parent: object, key: string): unknown {
  return Object.entries(parent).find(([name]) => name === key)?.[1];
}

function isBranch(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
