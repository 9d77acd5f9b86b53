/** Models that PyTorch exported, against PyTorch's own results. */
import { readFileSync } from "node:fs";
import { type ImportedModel, importOnnx } from "@clidim/import";
import { compile, type Tensor, tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { relativeDifference } from "../export/runOnnx.js";

interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Reference {
  readonly input: Numbers;
  readonly outputs: Readonly<Record<string, Numbers>>;
}

const at = (name: string): URL => new URL(name, import.meta.url);
const references = JSON.parse(readFileSync(at("models.json"), "utf8")) as Record<string, Reference>;
const modelOf = (name: string): ImportedModel => importOnnx(readFileSync(at(`${name}.onnx`)));

function inputOf({ inputs: [port] }: ImportedModel, { data, shape }: Numbers): Tensor {
  return tensor(Float32Array.from(data), { shape, dtype: port?.dtype ?? "f32" });
}

describe("models that PyTorch exported", () => {
  it.each(Object.keys(references))("%s gives PyTorch's results", (name) => {
    const { input, outputs } = references[name]!;
    const model = modelOf(name);
    const results = model.apply(model.parameters, inputOf(model, input));
    expect(Object.keys(results)).toEqual(Object.keys(outputs));
    for (const [output, { shape, data }] of Object.entries(outputs)) {
      expect(results[output]!.shape).toEqual(shape);
      expect(relativeDifference(interpret([results[output]!])[0]!, data), output).toBeLessThan(2e-6);
    }
  });

  it("runs compiled on the device, with weights as arguments", async () => {
    const { input, outputs } = references["unet-open"]!;
    const model = modelOf("unet-open");
    const run = compile((weights: ImportedModel["parameters"], x: Tensor) => model.apply(weights, x).y0!);
    const y = await run(model.parameters, inputOf(model, input));
    expect(relativeDifference(await y.data(), outputs.y0!.data)).toBeLessThan(1e-5);
  });

  it("takes other sizes where the file leaves them open", () => {
    const model = modelOf("unet-open");
    expect(model.inputs).toEqual([{ name: "x", dtype: "f32", shape: ["batch", 1, "height", "width"] }]);
    const x = tensor(new Float32Array(13 * 25).fill(0.3), { shape: [1, 1, 13, 25] });
    expect(model.apply(model.parameters, x).y0!.shape).toEqual([1, 1, 13, 25]);
  });
});
