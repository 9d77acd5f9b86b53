/** Bytes of a texel of the formats in use. */
const texelBytes = { rgba32float: 16, rgba16float: 8, r32float: 4, rgba8unorm: 4 };

/**
 * Counts what a process asks of WebGPU, whichever library asks, by wrapping the methods of Dawn's classes. Memory is followed
 * from the beginning, calls only between `start` and `stop`, as counting them costs time.
 */
export class GpuCalls {
  #classes;
  #counts = {};
  #restore = [];
  #liveBytes = 0;
  #peakBytes = 0;
  #sizes = new WeakMap();
  #collected = new FinalizationRegistry((bytes) => {
    this.#liveBytes -= bytes;
  });

  /** @param {Record<string, Function>} classes the globals of Dawn's binding */
  constructor(classes) {
    this.#classes = classes;
    const { GPUDevice, GPUBuffer, GPUTexture } = classes;
    const made = (resource, bytes) => {
      this.#sizes.set(resource, bytes);
      this.#collected.register(resource, bytes, resource);
      this.#liveBytes += bytes;
      this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes);
    };
    const gone = (resource) => {
      const bytes = this.#sizes.get(resource);
      if (bytes === undefined) return;
      this.#sizes.delete(resource);
      this.#collected.unregister(resource);
      this.#liveBytes -= bytes;
    };
    wrap(GPUDevice, "createBuffer", (buffer) => made(buffer, buffer.size));
    wrap(GPUDevice, "createTexture", (texture) => {
      const { width, height, depthOrArrayLayers, format } = texture;
      made(texture, width * height * depthOrArrayLayers * (texelBytes[format] ?? 4));
    });
    for (const resource of [GPUBuffer, GPUTexture]) wrap(resource, "destroy", (_result, self) => gone(self));
  }

  /** The highest amount of memory is counted anew. */
  beginRow() {
    this.#peakBytes = this.#liveBytes;
  }

  start() {
    const { GPUDevice, GPUQueue, GPUCommandEncoder, GPUComputePassEncoder } = this.#classes;
    const watched = [
      [GPUComputePassEncoder, "dispatchWorkgroups", "dispatches"],
      [GPUCommandEncoder, "beginComputePass", "passes"],
      [GPUCommandEncoder, "copyBufferToTexture", "copies"],
      [GPUCommandEncoder, "copyBufferToBuffer", "copies"],
      [GPUQueue, "submit", "submits"],
      [GPUQueue, "writeBuffer", "writes"],
      [GPUDevice, "createBuffer", "buffers"],
      [GPUDevice, "createTexture", "textures"],
      [GPUDevice, "createBindGroup", "bindGroups"],
      [GPUDevice, "createComputePipeline", "pipelines"],
      [GPUDevice, "createComputePipelineAsync", "pipelines"],
    ];
    this.#counts = Object.fromEntries(watched.map(([, , name]) => [name, 0]));
    this.#restore = watched.map(([owner, method, name]) =>
      wrap(owner, method, () => {
        this.#counts[name]++;
      }),
    );
  }

  /** @returns {Record<string, number>} calls since `start`, and bytes of buffers and textures */
  stop() {
    for (const restore of this.#restore.reverse()) restore();
    return { ...this.#counts, liveBytes: this.#liveBytes, peakBytes: this.#peakBytes };
  }
}

/** Calls `after(result, self)` whenever the method returns; the function returned takes it off again. */
function wrap(owner, method, after) {
  const { prototype } = owner;
  const original = prototype[method];
  prototype[method] = function (...args) {
    const result = original.apply(this, args);
    after(result, this);
    return result;
  };
  return () => {
    prototype[method] = original;
  };
}
