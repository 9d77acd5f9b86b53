import { readFileSync } from "node:fs";

/**
 * The tensors of a safetensors file with f32 only, by name. Networks are in PyTorch's layout: `generator.down2.conv.weight` is OIHW,
 * `generator.up2.conv.weight` IOHW. `noisy` and `clean` are [N, H, W, 1].
 * @returns {Record<string, { shape: number[], data: Float32Array }>}
 */
export function readWeights(file) {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + length));
  const start = bytes.byteOffset + 8 + length;
  return Object.fromEntries(
    Object.entries(header)
      .filter(([name]) => name !== "__metadata__")
      .map(
        ([
          name,
          {
            shape,
            data_offsets: [from, to],
          },
        ]) => [name, { shape, data: new Float32Array(bytes.buffer.slice(start + from, start + to)) }],
      ),
  );
}
