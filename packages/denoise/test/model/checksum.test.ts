import { readFileSync } from "node:fs";
import { crc32c } from "@clidim/imaging";
import { methods } from "@clidim/methods";
import { type HostTensor, readSafetensors } from "@clidim/tensor";
import { expect, test } from "vitest";
import { openDescribed, writeDescribed } from "../../src/model/describedSafetensors.js";
import { importModel, withCalibrations } from "../../src/model/modelFile.js";

const tensors: Readonly<Record<string, HostTensor>> = {
  weight: { dtype: "f32", shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
};
const metadata = { format: "clidim-model", version: "1", normalization: '{"low":1,"checksum":"crc32c:1"}' };

test("the checksum is CRC-32C of the file with zeros in its place", () => {
  const bytes = writeDescribed(tensors, metadata);
  const { checksum } = readSafetensors(bytes).metadata;
  const text = Buffer.from(bytes).toString("latin1");
  const plain = Buffer.from(text.replace(checksum!, "crc32c:00000000"), "latin1");
  expect(checksum).toBe(`crc32c:${crc32c(plain).toString(16).padStart(8, "0")}`);
  expect(openDescribed(bytes, "a", "model").tensors).toEqual(tensors);
});

test("a flipped bit is noticed, wherever it is", () => {
  const whole = writeDescribed(tensors, metadata);
  for (let bit = 0; bit < 8 * whole.length; bit++) {
    const bytes = whole.slice();
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    expect(() => openDescribed(bytes, "a", "model"), `bit ${bit}`).toThrow(/^a: /);
  }
  const weight = whole.slice();
  weight[weight.length - 1]! ^= 1;
  expect(() => openDescribed(weight, "a.safetensors", "model")).toThrow(
    /^a\.safetensors: is damaged: its checksum is crc32c:[0-9a-f]{8}, its bytes have crc32c:[0-9a-f]{8}; take another copy of it/,
  );
});

test("a model of before has none and is read, one that is written has; weights that are no numbers are refused", () => {
  const before = readFileSync(new URL("beforeMethods/whole/model.safetensors", import.meta.url));
  expect(importModel(before, methods).unchecked).toBe(true);
  const written = withCalibrations(before, {});
  expect(importModel(written, methods)).not.toHaveProperty("unchecked");
  expect(withCalibrations(written, {})).toEqual(written);
  const { tensors: weights, metadata: all } = readSafetensors(before);
  const [name, first] = Object.entries(weights)[0]!;
  const bad = { ...weights, [name]: { ...first, data: Float32Array.from(first.data, () => Number.NaN) } };
  expect(() => importModel(writeDescribed(bad, all), methods, "m")).toThrow(
    `m: its weights ${name} hold NaN, expected finite numbers; the file is damaged, or its training diverged`,
  );
});
