/** Bytes that the browser keeps for this site, and that there is room for beside them. */
export async function storageSize(): Promise<{ readonly used: number; readonly available: number }> {
  const { usage = 0, quota = 0 } = await navigator.storage.estimate();
  return { used: usage, available: Math.max(0, quota - usage) };
}
