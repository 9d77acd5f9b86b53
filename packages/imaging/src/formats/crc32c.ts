/** Of the Castagnoli polynomial, bits reversed. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});

/** The checksum CRC-32C (RFC 3720, appendix B.4) of bytes, or of some and these behind them, whose checksum is `before`. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  let value = before ^ 0xffffffff;
  for (let i = 0; i < bytes.length; i++) value = TABLE[(value ^ bytes[i]!) & 0xff]! ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** The bytes with their checksum behind them, little-endian. */
export function withCrc32c(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length + 4);
  out.set(bytes);
  new DataView(out.buffer).setUint32(bytes.length, crc32c(bytes), true);
  return out;
}

/** The bytes before the checksum; an `Error` where it is not theirs. */
export function withoutCrc32c(bytes: Uint8Array): Uint8Array {
  const data = bytes.subarray(0, Math.max(0, bytes.length - 4));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint32(data.length, true) !== crc32c(data)) {
    throw new Error("its checksum is not that of its bytes");
  }
  return data;
}
