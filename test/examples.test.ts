import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { checkGradients } from "@clidim/autograd/testing";
import { setDefaultDevice, sizeOf, type Tensor, tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { WasmExecutor } from "@clidim/tensor/wasm";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

const folder = new URL("../examples/", import.meta.url);

/** The picture is a closed SVG document with something drawn in it. */
function expectPicture(path: string, name: string): void {
  expect(path.endsWith(`${name}.svg`)).toBe(true);
  const svg = readFileSync(path, "utf8");
  expect(svg.startsWith("<svg ")).toBe(true);
  expect(svg.endsWith("</svg>\n")).toBe(true);
  expect(svg.match(/<(circle|polyline|path) /g)?.length).toBeGreaterThan(1);
  expect(svg).not.toMatch(/NaN|undefined/);
}

describe("examples", () => {
  const printed: string[] = [];
  beforeAll(() => {
    vi.spyOn(console, "log").mockImplementation((...words) => void printed.push(words.join(" ")));
  });
  afterAll(() => {
    vi.restoreAllMocks();
  });

  it("two-moons tells held-out points apart", async () => {
    const { accuracy, picture } = await import("../examples/two-moons.js");
    expect(accuracy).toBeGreaterThan(0.96);
    expectPicture(picture, "two-moons");
    expect(printed.join("\n")).toContain("300/300 loss 0.0");
  });

  it("damped-oscillator finds the parameters, and knows how well", async () => {
    const { found, errorBars, picture, truth } = await import("../examples/damped-oscillator.js");
    truth.forEach((value, i) => {
      expect(errorBars[i]).toBeGreaterThan(0);
      expect(errorBars[i]).toBeLessThan(0.1);
      expect(Math.abs(found[i]! - value)).toBeLessThan(4 * errorBars[i]!);
    });
    expectPicture(picture, "damped-oscillator");
  });

  it("private-moons learns from clipped and noisy gradients", async () => {
    const { accuracy, epsilon, picture } = await import("../examples/private-moons.js");
    expect(accuracy).toBeGreaterThan(0.95);
    expect(epsilon).toBeLessThan(5);
    expectPicture(picture, "private-moons");
  });

  it("flow-matching draws points of the shape", async () => {
    const { before, drawn, picture, same } = await import("../examples/flow-matching.js");
    expect(before).toBeGreaterThan(0.2);
    expect(same).toBeLessThan(0.01);
    expect(drawn).toBeLessThan(0.03);
    expectPicture(picture, "flow-matching");
  });

  it("conductivity finds the ring, by a kernel whose gradient is right", async () => {
    const { flow, found, picture, truth } = await import("../examples/conductivity.js");
    const plate = (seed: number, shape: readonly number[]) =>
      tensor(
        Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * seed)),
        { shape },
      );
    const values = (): [Tensor, Tensor] => [plate(1.7, [2, 16, 16]), plate(0.3, [16, 16])];
    checkGradients(flow, values(), { order: 1 });
    const [computed] = [await flow(...values()).data()];
    const [expected] = interpret([flow(...values())]) as [Float64Array];
    computed.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 5);
    });
    const error = Math.sqrt(
      truth.reduce((sum, value, i) => sum + (found[i]! - value) ** 2, 0) / truth.length,
    );
    // The ring is 0.16 above the plate.
    expect(error).toBeLessThan(0.03);
    expectPicture(picture, "conductivity");
  });

  // A GPU takes seconds for them, a software adapter a minute.
  describe("that train for long, on the processor", () => {
    const processor = new WasmExecutor();
    beforeAll(() => setDefaultDevice(processor));
    afterAll(() => processor.destroy());

    it("digits reads hands that it has not seen", async () => {
      const { accuracy, picture } = await import("../examples/digits.js");
      expect(accuracy).toBeGreaterThan(0.95);
      expectPicture(picture, "digits");
    });

    it("character-transformer learns its text", async () => {
      const { loss, continuation, picture } = await import("../examples/character-transformer.js");
      expect(loss).toBeLessThan(0.5);
      const text = readFileSync(new URL("text/light.txt", folder), "utf8").replaceAll("\n", " ");
      // Every fragment of eight characters that it writes is one of the text's, but for where it slips from one place into another.
      const fragments = Array.from({ length: continuation.length - 8 }, (_, i) =>
        continuation.slice(i, i + 8),
      );
      const known = fragments.filter((fragment) => text.includes(fragment));
      expect(known.length / fragments.length).toBeGreaterThan(0.5);
      expectPicture(picture, "character-transformer");
    });

    it("whistles tells rising from falling ones", async () => {
      const { accuracy, picture } = await import("../examples/whistles.js");
      expect(accuracy).toBeGreaterThan(0.9);
      expectPicture(picture, "whistles");
    });

    it("volume-unet finds balls in volumes that it has not seen", async () => {
      const { heldOverlap, picture } = await import("../examples/volume-unet.js");
      expect(heldOverlap).toBeGreaterThan(0.6);
      expectPicture(picture, "volume-unet");
    });
  });

  it("are all listed by run.mjs and in the README", () => {
    const names = readdirSync(folder).flatMap((file) => (file.endsWith(".ts") ? [file.slice(0, -3)] : []));
    const readme = readFileSync(new URL("README.md", folder), "utf8");
    for (const name of names) expect(readme).toContain(`[\`${name}\`](${name}.ts)`);
    let complaint = "";
    try {
      execFileSync(process.execPath, [fileURLToPath(new URL("run.mjs", folder)), "no-such"], {
        encoding: "utf8",
        stdio: "pipe",
      });
    } catch (error) {
      // What execFileSync throws has the child's output.
      complaint = (error as { stderr: string }).stderr;
    }
    expect(complaint).toContain(`node examples/run.mjs ${names.join("|")}`);
  });
});
