/** FNV-1a of the bytes of numbers. */
export function hashOf({ buffer, byteOffset, byteLength }: ArrayBufferView): number {
  let hash = 0x811c9dc5;
  for (const byte of new Uint8Array(buffer, byteOffset, byteLength))
    hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
