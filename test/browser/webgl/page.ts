/** Offers `runSuites()`, what every executor has to do, done by WebGL; `train(by)`, the losses of networks; and `lose()`, what is said once the context is lost. */
import { add, evaluate, setDefaultDevice, tensor } from "@clidim/tensor";
import { WasmExecutor } from "@clidim/tensor/wasm";
import { type GlCanvas, WebglExecutor } from "@clidim/tensor/webgl";
import { expectExactOn } from "../../../packages/tensor/test/exact.js";
import { executorSuite } from "../../../packages/tensor/test/executorSuite.js";
import { productSuite } from "../../../packages/tensor/test/productSuite.js";
import "../../../packages/tensor/test/specialValues.test.js";
import { train } from "./train.js";
import { runSuites } from "./vitestInPage.js";

const device = new WebglExecutor();
setDefaultDevice(device);
executorSuite("WebGL", async () => new WebglExecutor());
productSuite((outputs, tolerance) => expectExactOn(device, outputs, tolerance));

/** What was rejected, in words. */
const messageOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "nothing",
    (error: Error) => error.message,
  );

/** Takes the context away while something is computed and read, and says what becomes of that, and of what is tried afterwards. */
async function lose(): Promise<readonly string[]> {
  // Node's types know no canvas.
  const { OffscreenCanvas } = globalThis as unknown as {
    OffscreenCanvas: new (width: number, height: number) => GlCanvas;
  };
  const canvas = new OffscreenCanvas(1, 1);
  const lost = new WebglExecutor({ canvas });
  const x = add(tensor([1, 2]), 1);
  await evaluate(x, { device: lost });
  const gl = canvas.getContext("webgl2", {}) as {
    getExtension(name: "WEBGL_lose_context"): { loseContext(): void };
  };
  const reading = messageOf(x.data());
  gl.getExtension("WEBGL_lose_context").loseContext();
  return [
    await reading,
    await messageOf(x.data()),
    await messageOf(evaluate(add(tensor([1]), 1), { device: lost })),
    await messageOf(lost.synchronize()),
    // Others go on.
    String(await add(tensor([1]), 1).item()),
  ];
}

Object.assign(globalThis, {
  runSuites,
  lose,
  train: (by: "WebGL" | "WebAssembly") => train(by === "WebGL" ? device : new WasmExecutor()),
});
