/**
 * A sentence for a failure of the system about a file or folder that a person named (`ENOTDIR`, `EACCES`, `ENOSPC` …); undefined
 * for every other error, which is a bug and must stay one.
 */
export function systemFault(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('path' in error) || !('code' in error)) return undefined;
  const { code, path, syscall } = error;
  return `${String(path)} cannot be used (${String(syscall)}: ${String(code)}): is it the right place, and may this user write there?`;
}
