/** Whether a file starts as a TIFF (42) or BigTIFF (43) of either byte order. */
export function isTiffSignature([a, b, c, d]: Uint8Array): boolean {
  const little = a === 0x49 && b === 0x49 && (c === 42 || c === 43) && d === 0;
  const big = a === 0x4d && b === 0x4d && c === 0 && (d === 42 || d === 43);
  return little || big;
}
