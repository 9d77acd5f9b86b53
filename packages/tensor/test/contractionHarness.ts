import { bytesPerElement, type DType } from "../src/dtype.js";
import type { AdapterTraits } from "../src/executors/webgpu/device/adapterTraits.js";
import type { TileChoices } from "../src/executors/webgpu/device/tileChoices.js";
import type { Device } from "../src/executors/webgpu/device.js";
import { lowerElementwise } from "../src/executors/webgpu/kernels/elementwise.js";
import type {
  BoundStep,
  Lowering,
  LoweringContext,
  Parts,
  Resource,
  Step,
  TextureLayout,
} from "../src/executors/webgpu/kernels/step.js";
import { bindParameters } from "../src/executors/webgpu/passes/bindParameters.js";
import { fromHalf, toHalf } from "../src/float16.js";
import type { Graph, GraphNode } from "../src/primitives/graph.js";
import { type Shape, sizeOf } from "../src/shape.js";

/** GPUBufferUsage and GPUTextureUsage flags. */
const [mapRead, copySource, copyTarget, uniform, storage] = [0x1, 0x4, 0x8, 0x40, 0x80];
const [textureCopyTarget, textureStorage] = [0x2, 0x8];

const inputNode = (shape: Shape, dtype: DType): GraphNode => ({
  op: "input",
  inputs: [],
  params: {},
  shape,
  dtype,
});

/** Numbers as they lie in a buffer, a whole number of words. */
const stored = (data: Float32Array, dtype: DType): Float32Array | Uint16Array => {
  if (dtype !== "f16") return new Float32Array(data);
  const halves = new Uint16Array(2 * Math.ceil(data.length / 2));
  halves.set(Uint16Array.from(data, toHalf));
  return halves;
};

/** A graph of two inputs and one operation on them, all of one dtype. */
export const graphOf = (node: GraphNode, shapes: readonly [Shape, Shape]): Graph => ({
  nodes: [inputNode(shapes[0], node.dtype), inputNode(shapes[1], node.dtype), node],
  inputs: [0, 1],
  outputs: [2],
});

export type AnyLowering = (...args: Parameters<Lowering<GraphNode>>) => Step[] | undefined;

/** The commands of one operation with the buffers and textures that they name, filled with the operands. */
export class SingleProgram implements LoweringContext {
  readonly traits: AdapterTraits;
  readonly tiles: TileChoices;
  readonly steps: readonly BoundStep[];
  readonly #gpu: GPUDevice;
  readonly #device: Device;
  readonly #resources: (GPUBuffer | GPUTexture)[] = [];
  readonly #textures: Map<string, Resource> = new Map();
  readonly #resultSize: number;
  readonly #dtype: DType;
  #parts: Parts | undefined;

  constructor(
    device: Device,
    lowering: AnyLowering,
    node: GraphNode,
    operands: readonly [{ shape: Shape; data: Float32Array }, { shape: Shape; data: Float32Array }],
    traits: AdapterTraits = device.traits,
    tiles: TileChoices = device.tiles,
  ) {
    this.tiles = tiles;
    this.#device = device;
    this.#gpu = device.gpu;
    this.traits = traits;
    this.#resultSize = sizeOf(node.shape);
    this.#dtype = node.dtype;
    for (const { data } of operands) {
      const words = stored(data, node.dtype);
      this.#gpu.queue.writeBuffer(this.#buffer(words.byteLength), 0, words);
    }
    // What a kernel forgets to write shows.
    const nothing = stored(new Float32Array(this.#resultSize).fill(Number.NaN), node.dtype);
    this.#gpu.queue.writeBuffer(this.#buffer(nothing.byteLength), 0, nothing);
    const graph = graphOf(node, [operands[0].shape, operands[1].shape]);
    const steps = lowering(node, 2, graph, this);
    if (steps === undefined) throw new Error("the lowering does not apply");
    const sums = this.#parts ? lowerElementwise([2], graph, [0, 1, 2], new Map(), this, 2) : [];
    const uniform = (words: Uint32Array): Resource => this.uniform(words);
    this.steps = [...steps, ...sums].map((step) => bindParameters(step, { immediates: true, uniform }));
  }

  #buffer(size: number): GPUBuffer {
    const usage = storage | uniform | copySource | copyTarget;
    const buffer = this.#gpu.createBuffer({ size: Math.max(16, size), usage });
    this.#resources.push(buffer);
    return buffer;
  }

  value(node: number): Resource {
    return node;
  }

  scratch(byteLength: number): Resource {
    const buffer = this.#buffer(byteLength);
    this.#gpu.queue.writeBuffer(buffer, 0, new Float32Array(byteLength / 4).fill(Number.NaN));
    return this.#resources.length - 1;
  }

  texture(node: number, layout: TextureLayout): Resource | undefined {
    return this.#textures.get(JSON.stringify([node, layout]));
  }

  newTexture(node: number, { width, height, ...rest }: TextureLayout): Resource {
    this.#resources.push(
      this.#gpu.createTexture({
        size: [width, height],
        format: "rgba32float",
        usage: textureStorage | textureCopyTarget,
      }),
    );
    this.#textures.set(JSON.stringify([node, { width, height, ...rest }]), this.#resources.length - 1);
    return this.#resources.length - 1;
  }

  leaveParts(_: number, parts: Parts): void {
    this.#parts = parts;
  }

  parts(node: number): Parts | undefined {
    return node === 2 ? this.#parts : undefined;
  }

  epilogue(): undefined {
    return undefined;
  }

  turnOf(): undefined {
    return undefined;
  }

  /** Contractions read none. */
  table(): never {
    throw new Error("no table");
  }

  uniform(words: Uint32Array): Resource {
    this.#gpu.queue.writeBuffer(this.#buffer(words.byteLength), 0, new Uint32Array(words));
    return this.#resources.length - 1;
  }

  /** Runs the steps and returns the operation's result. */
  async run(): Promise<Float32Array> {
    const encoder = this.#gpu.createCommandEncoder();
    for (const step of this.steps) {
      if (step.kind === "copyToTexture") {
        // The lowering named them: a copy's source is a buffer, its target a texture.
        const buffer = this.#resources[step.source] as GPUBuffer;
        const texture = this.#resources[step.texture] as GPUTexture;
        const size = [texture.width, texture.height];
        encoder.copyBufferToTexture({ buffer, bytesPerRow: texture.width * 16 }, { texture }, size);
        continue;
      }
      const { pipeline, layout } = await this.#device.pipeline(step.kernel);
      const entries = step.resources.map((resource, binding) => {
        const bound = this.#resources[resource]!;
        return { binding, resource: "createView" in bound ? bound.createView() : { buffer: bound } };
      });
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, this.#gpu.createBindGroup({ layout, entries }));
      pass.setImmediates(0, new Uint32Array(step.immediates));
      pass.dispatchWorkgroups(...step.workgroups);
      pass.end();
    }
    const size = 4 * Math.ceil((bytesPerElement[this.#dtype] * this.#resultSize) / 4);
    const staging = this.#gpu.createBuffer({ size, usage: mapRead | copyTarget });
    // Resources 0 and 1 are the operands' buffers, 2 is the result's.
    encoder.copyBufferToBuffer(this.#resources[2] as GPUBuffer, 0, staging, 0, size);
    this.#gpu.queue.submit([encoder.finish()]);
    await staging.mapAsync(1);
    this.#device.assertAlive();
    const bytes = staging.getMappedRange().slice(0);
    const values =
      this.#dtype === "f16"
        ? Float32Array.from(new Uint16Array(bytes, 0, this.#resultSize), fromHalf)
        : new Float32Array(bytes);
    staging.destroy();
    return values;
  }

  destroy(): void {
    for (const resource of this.#resources) resource.destroy();
  }
}
