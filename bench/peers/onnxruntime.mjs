/** onnxruntime-web with its WebGPU execution provider: inference of the generator. */
import { calls, forgetDurations, globals, pretendBrowser } from "../dawn.mjs";
import { serve } from "../serve.mjs";
import { fingerprint, values } from "../values.mjs";
import { readWeights } from "../weights.mjs";
import { generatorModel } from "./onnxModel.mjs";

await pretendBrowser();

// Its heap is shared memory, which Dawn's binding refuses to read.
const { writeBuffer } = globals.GPUQueue.prototype;
globals.GPUQueue.prototype.writeBuffer = function (buffer, offset, data, dataOffset = 0, size = undefined) {
  const view = ArrayBuffer.isView(data) ? data : new Uint8Array(data);
  const unit = view.BYTES_PER_ELEMENT ?? 1;
  const bytes = size === undefined ? view.byteLength - dataOffset * unit : size * unit;
  const copy = new Uint8Array(view.buffer, view.byteOffset + dataOffset * unit, bytes).slice();
  return writeBuffer.call(this, buffer, offset, copy);
};

// The bare name has no WebGPU in Node.
const ort = await import("onnxruntime-web/webgpu");

serve({
  calls,
  forgetDurations,
  start: async () => ({ version: ort.env.versions.web }),
  async prepare({ kind, configuration, size, weights }) {
    if (kind !== "inference") throw new Error(`onnxruntime-web has no ${kind}`);
    const model = generatorModel(readWeights(weights), configuration, size);
    const session = await ort.InferenceSession.create(model, { executionProviders: ["webgpu"] });
    const page = values(size * size, 4).map((value) => 1.6 * value);
    let output;
    return {
      async run() {
        const { y } = await session.run({ x: new ort.Tensor("float32", page, [1, 1, size, size]) });
        output = y.data;
      },
      waits: true,
      finish: async () => {},
      result: async () => fingerprint(output),
    };
  },
});
