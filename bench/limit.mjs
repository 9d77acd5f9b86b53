/**
 * What the adapter can do at most, as a child process: multiply-adds in registers and copies in memory, by kernels that do nothing else.
 */
import { Device } from "@clidim/tensor";
import { globals } from "./dawn.mjs";
import { waitPatiently } from "./patience.mjs";
import { serve } from "./serve.mjs";

/** @type {Device} */
let device;
let arithmetic;
let copying;

serve({
  async start() {
    waitPatiently(globals);
    device = await Device.open();
    arithmetic = await fastest(
      [4, 8, 12].flatMap((chains) =>
        [false, true].map((fused) => () => multiplyAdd({ chains, fused, workgroup: workgroup() })),
      ),
    );
    copying = await fastest([() => copyBuffer(), ...[1, 4].map((each) => () => copyKernel({ each }))]);
    return { arithmetic: arithmetic.name, copying: copying.name };
  },
  /** The row is measured in one go: FLOP/s and bytes/s. */
  async prepare() {
    return {
      run() {},
      async finish() {},
      result: async () => ({ flops: await best(arithmetic.rate), bytes: await best(copying.rate) }),
    };
  },
});

/** One vector on the software adapter, whose workgroups are loops over vectors; enough to fill a processor elsewhere. */
const workgroup = () => (device.traits.kind === "software" ? device.traits.subgroupSize || 8 : 256);

/** The best of a few short measurements: the rest of the machine is not part of the limit. */
async function best(measure) {
  let highest = 0;
  for (let i = 0; i < 5; i++) highest = Math.max(highest, await measure());
  return highest;
}

async function fastest(makers) {
  let winner;
  for (const make of makers) {
    const candidate = await make();
    const rate = await best(candidate.rate);
    if (!winner || rate > winner.highest) winner = { ...candidate, highest: rate };
  }
  return winner;
}

/** A function that resolves to the milliseconds until everything that `record` puts into a command buffer is done. */
function stopwatch(record) {
  const { gpu } = device;
  return async () => {
    const encoder = gpu.createCommandEncoder();
    record(encoder);
    const commands = encoder.finish();
    const began = performance.now();
    gpu.queue.submit([commands]);
    await gpu.queue.onSubmittedWorkDone();
    return performance.now() - began;
  };
}

/** Usage flags: STORAGE | COPY_SRC | COPY_DST, and UNIFORM | COPY_DST. */
const storage = 0x80 | 0x04 | 0x08;
const uniform = 0x40 | 0x08;

async function pipelineOf(code) {
  const module = device.gpu.createShaderModule({ code });
  return device.gpu.createComputePipelineAsync({ layout: "auto", compute: { module, entryPoint: "main" } });
}

/** `chains` independent sums of products per invocation: enough of them hide the latency of one. */
async function multiplyAdd({ chains, fused, workgroup: size }) {
  const { gpu, traits } = device;
  const unrolled = 16;
  const names = Array.from({ length: chains }, (_, i) => `x${i}`);
  const step = names
    .map((x) => (fused ? `${x} = fma(${x}, p.a, p.b);` : `${x} = ${x} * p.a + p.b;`))
    .join(" ");
  const code = `
    struct Parameters { a: f32, b: f32, loops: u32 }
    @group(0) @binding(0) var<uniform> p: Parameters;
    @group(0) @binding(1) var<storage, read_write> result: array<f32>;
    @compute @workgroup_size(${size})
    fn main(@builtin(global_invocation_id) id: vec3u) {
      ${names.map((x, i) => `var ${x} = f32(id.x + ${i}u);`).join("\n      ")}
      for (var i = 0u; i < p.loops; i++) {
        ${Array.from({ length: unrolled }, () => step).join("\n        ")}
      }
      result[id.x] = ${names.join(" + ")};
    }`;
  const pipeline = await pipelineOf(code);
  const workgroups = traits.kind === "software" ? 64 : 16384;
  const parameters = gpu.createBuffer({ size: 16, usage: uniform });
  const result = gpu.createBuffer({ size: workgroups * size * 4, usage: storage });
  const bindGroup = gpu.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [parameters, result].map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  let loops = 64;
  gpu.queue.writeBuffer(parameters, 0, new Float32Array([0.999, 0.001]));
  const setLoops = () => gpu.queue.writeBuffer(parameters, 8, new Uint32Array([loops]));
  const once = stopwatch((encoder) => {
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(workgroups);
    pass.end();
  });
  setLoops();
  await once();
  // Long enough that starting and waiting do not count. On a busy machine one run may take long for other reasons.
  const fastestOfThree = async () => Math.min(await once(), await once(), await once());
  while ((await fastestOfThree()) < 40) {
    loops *= 2;
    setLoops();
  }
  return {
    name: `${chains} chains of ${fused ? "fma" : "multiply and add"}`,
    rate: async () => (1e3 * 2 * chains * unrolled * loops * workgroups * size) / (await once()),
  };
}

/** 64 MiB on the software adapter, beyond any cache; 1 GiB elsewhere. */
const copiedBytes = () => {
  const { maxStorageBufferBindingSize, maxBufferSize } = device.traits.limits;
  const wanted = device.traits.kind === "software" ? 2 ** 26 : 2 ** 30;
  return Math.min(wanted, 2 ** Math.floor(Math.log2(Math.min(maxStorageBufferBindingSize, maxBufferSize))));
};

const copies = 4;

/** What the driver's own copy reaches. */
async function copyBuffer() {
  const size = copiedBytes();
  const [from, to] = pairOfBuffers(size);
  const once = stopwatch((encoder) => {
    for (let i = 0; i < copies; i++) encoder.copyBufferToBuffer(from, 0, to, 0, size);
  });
  await once();
  return { name: "copyBufferToBuffer", rate: async () => (1e3 * 2 * copies * size) / (await once()) };
}

/** One thread per `each` vectors, neighbours side by side. */
async function copyKernel({ each }) {
  const size = copiedBytes();
  const [from, to] = pairOfBuffers(size);
  const threads = 256;
  const code = `
    @group(0) @binding(0) var<storage, read> source: array<vec4f>;
    @group(0) @binding(1) var<storage, read_write> target_: array<vec4f>;
    @compute @workgroup_size(${threads})
    fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
      let first = (group.y * groups.x + group.x) * ${threads * each}u + local;
      ${Array.from({ length: each }, (_, i) => `target_[first + ${i * threads}u] = source[first + ${i * threads}u];`).join("\n      ")}
    }`;
  const pipeline = await pipelineOf(code);
  const bindGroup = device.gpu.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [from, to].map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const workgroups = size / 16 / threads / each;
  const across = Math.min(workgroups, 32768);
  const once = stopwatch((encoder) => {
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    for (let i = 0; i < copies; i++) pass.dispatchWorkgroups(across, workgroups / across);
    pass.end();
  });
  await once();
  return {
    name: `kernel, ${each} vec4 per thread`,
    rate: async () => (1e3 * 2 * copies * size) / (await once()),
  };
}

let buffers;
function pairOfBuffers(size) {
  buffers ??= [0, 1].map(() => device.gpu.createBuffer({ size, usage: storage }));
  return buffers;
}
