import { resolveConfiguration } from "@clidim/denoise";
import { methods } from "@clidim/methods";
import { interpret } from "@clidim/tensor/reference";
import { flatten, unflatten, tensor } from "@clidim/tensor";
import { denoiserFunction, exportOnnx } from "@clidim/export";
import * as ort from "onnxruntime-web";
import { small } from "../../methods/test/small.js";
import { expect, it } from "vitest";
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";
for (const method of methods.trained) for (const preset of [method.space.presets[0]!]) {
  it(`${method.name}`, async () => {
    const open = !["vae", "divnoising"].includes(method.name);
    const c = resolveConfiguration(method, preset, small[method.name] as never);
    const { state } = method.init(c, 1);
    const vs = method.variables(state); const { leaves, structure } = flatten(vs as never) as any; const hv = []; for (const l of leaves) hv.push(tensor(Float32Array.from(await l.data()), { shape: l.shape })); const variables = unflatten(structure, hv) as any;
    const normalization = { mode: "standard", low: 90, high: 700, lowPercent: 0, highPercent: 100, bound: 3, centre: 0.5 } as const;
    const m = { method, configuration: c, variables, normalization, fluxCalibration: { gain: 1.01, offset: 0.02, crops: 1, before: 0 } };
    const size = [2 * method.geometry(c).multiple, 3 * method.geometry(c).multiple] as const;
    const f = denoiserFunction(m, { orientations: 8, ...(!open && { size }) });
    const data = Float32Array.from({ length: size[0] * size[1] }, (_, i) => 100 + 500 * Math.abs(Math.sin(i * i)));
    const x = tensor(data, { shape: [1, 1, ...size] });
    const [want] = interpret([f.apply(variables, x)]);
    const bytes = await exportOnnx(f.apply as never, { parameters: variables as never, inputs: f.inputs, outputs: ["denoised"], name: method.name });
    const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
    const out = await session.run({ noisy: new ort.Tensor("float32", data, [1, 1, ...size]) });
    const got = out.denoised!.data as Float32Array;
    let worst = 0, lo = Infinity, hi = -Infinity;
    want!.forEach((w, i) => { worst = Math.max(worst, Math.abs(w - got[i]!)); lo = Math.min(lo, w); hi = Math.max(hi, w); });
    console.log(method.name, bytes.length, out.denoised!.dims, worst, lo, hi);
    expect(worst / (hi - lo)).toBeLessThan(1e-4);
  });
}
